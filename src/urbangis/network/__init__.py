"""Streets as a routable network: build, snap, search. Arrays only below the border."""
