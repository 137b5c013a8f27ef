# One edge host at Hetzner Cloud: a server with dedicated processors, a firewall, and Millrace from its .deb.
#   terraform init && terraform apply -var token=... -var deb_url=https://... -var ssh_key="$(cat ~/.ssh/id_ed25519.pub)"
terraform {
  required_version = ">= 1.5"
  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "~> 1.48"
    }
  }
}

provider "hcloud" {
  token = var.token
}

resource "hcloud_ssh_key" "operator" {
  name       = "millrace-operator"
  public_key = var.ssh_key
}

resource "hcloud_firewall" "edge" {
  name = "millrace-edge"

  rule {
    description = "signaling over TLS"
    direction   = "in"
    protocol    = "tcp"
    port        = "443"
    source_ips  = ["0.0.0.0/0", "::/0"]
  }

  rule {
    description = "proof of the name for its certificate"
    direction   = "in"
    protocol    = "tcp"
    port        = "80"
    source_ips  = ["0.0.0.0/0", "::/0"]
  }

  rule {
    description = "media"
    direction   = "in"
    protocol    = "udp"
    port        = tostring(var.media_port)
    source_ips  = ["0.0.0.0/0", "::/0"]
  }

  rule {
    description = "media of clients without UDP"
    direction   = "in"
    protocol    = "tcp"
    port        = tostring(var.media_port)
    source_ips  = ["0.0.0.0/0", "::/0"]
  }

  rule {
    description = "operators"
    direction   = "in"
    protocol    = "tcp"
    port        = "22"
    source_ips  = var.operator_networks
  }
}

resource "hcloud_server" "edge" {
  name         = var.name
  image        = "debian-12"
  server_type  = var.server_type
  location     = var.location
  ssh_keys     = [hcloud_ssh_key.operator.id]
  firewall_ids = [hcloud_firewall.edge.id]

  public_net {
    ipv4_enabled = true
    ipv6_enabled = true
  }

  user_data = templatefile("${path.module}/cloud-init.yaml", {
    deb_url    = var.deb_url
    deb_sha256 = var.deb_sha256
    domain     = var.domain
    media_port = var.media_port
  })
}
