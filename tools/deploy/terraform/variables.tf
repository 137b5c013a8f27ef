variable "token" {
  description = "API token of the Hetzner Cloud project."
  type        = string
  sensitive   = true
}

variable "ssh_key" {
  description = "Public key of the operator."
  type        = string
}

variable "operator_networks" {
  description = "Networks that SSH is open to."
  type        = list(string)
}

variable "deb_url" {
  description = "Where the package of tools/dev package can be fetched."
  type        = string
}

variable "deb_sha256" {
  description = "Its SHA-256, in hexadecimal."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.deb_sha256))
    error_message = "64 hexadecimal digits."
  }
}

variable "domain" {
  description = "Name that browsers call the host by; its DNS records must lead to the host."
  type        = string
}

variable "name" {
  description = "The server's name."
  type        = string
  default     = "millrace-edge-1"
}

variable "server_type" {
  description = "Dedicated processors: a shared one is taken away in the middle of a burst."
  type        = string
  default     = "ccx23"
}

variable "location" {
  description = "Where the host stands."
  type        = string
  default     = "fsn1"
}

variable "media_port" {
  description = "UDP and TCP port of media."
  type        = number
  default     = 7000
}
