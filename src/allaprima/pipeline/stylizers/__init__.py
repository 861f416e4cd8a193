"""Every way of painting over time, by one signature: plain, steadied, optimised."""
