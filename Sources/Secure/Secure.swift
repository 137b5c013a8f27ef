// Secure
