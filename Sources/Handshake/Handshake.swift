// Handshake
