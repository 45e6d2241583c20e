"""The feedback room: what people say of detections, and what comes of it."""
