output "ipv4_address" {
  description = "For the name's A record, and what candidates name."
  value       = hcloud_server.edge.ipv4_address
}

output "ipv6_address" {
  description = "For the name's AAAA record."
  value       = hcloud_server.edge.ipv6_address
}
