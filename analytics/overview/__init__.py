"""The whole perimeter at a glance: one row a service, what changed, what happened, what needs somebody."""
