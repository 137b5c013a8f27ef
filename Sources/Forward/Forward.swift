// Forward
