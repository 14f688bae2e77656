"""The telephone: edge, line workers, call control."""
