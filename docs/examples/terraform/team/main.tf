# A team from nothing: its people, its token, and its first database. Takes a personal token (jsp_…) with all scopes.

terraform {
  required_providers {
    jellystone = {
      source = "jellystone.local/jellystone/jellystone"
    }
  }
}

provider "jellystone" {}

variable "name" {
  type    = string
  default = "Picnic"
}

variable "members" {
  description = "Ranks by e-mail: owner, member or viewer."
  type        = map(string)
  default     = { "ranger@park.example" = "member" }
}

data "jellystone_servers" "all" {}

data "jellystone_server" "main" {
  name = data.jellystone_servers.all.names[0]
}

resource "jellystone_team" "picnic" {
  name = var.name
}

resource "jellystone_team_member" "people" {
  for_each = var.members

  team  = jellystone_team.picnic.slug
  email = each.key
  rank  = each.value
}

resource "jellystone_team_token" "deploy" {
  team            = jellystone_team.picnic.slug
  name            = "deploy"
  scopes          = ["read", "write"]
  expires_in_days = 90
}

resource "jellystone_database" "baskets" {
  server    = data.jellystone_server.main.name
  name      = "baskets"
  team      = jellystone_team.picnic.slug
  protected = false
}

output "invitations" {
  description = "Links to hand over, where no mail is sent."
  value       = { for email, member in jellystone_team_member.people : email => member.link }
  sensitive   = true
}

output "token" {
  value     = jellystone_team_token.deploy.token
  sensitive = true
}
