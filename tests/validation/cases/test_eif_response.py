"""The published response times, and theories that the same tolerances reject."""

from mesobridge.validation.cases import CASES, published


def test_the_published_response_times_are_met():
    rows = CASES["L4"].run()
    assert [row.published for row in rows] == [*published()["L4"]["tau_mu_s"], *published()["L4"]["tau_sigma_s"]]
    assert len(rows) == 6
    assert all(row.agrees for row in rows), [(row.quantity, row.ours, row.published) for row in rows]


def test_the_membrane_time_constant_and_the_same_filter_for_both_are_rejected():
    rows, tau_m = CASES["L4"].run(), published()["L3"]["tau_m_s"]
    mu, sigma = rows[:3], rows[3:]
    assert all(abs(tau_m - row.published) > 100 * row.tolerance for row in rows)
    assert all(abs(a.ours - b.published) > 10 * b.tolerance for a, b in zip(mu, sigma, strict=True))
