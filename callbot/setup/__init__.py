"""Set-up: brings in what `callbot serve` and the tests need, and keeps it under `var/`."""
