"""What every room may use: messages between processes, YAML with line numbers, logs."""
