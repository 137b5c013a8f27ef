// SessionDescription
