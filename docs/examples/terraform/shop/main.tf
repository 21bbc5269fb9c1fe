# One database with three roles. JELLYSTONE_URL and JELLYSTONE_TOKEN (a team's token) come from the environment.

terraform {
  required_providers {
    jellystone = {
      source = "jellystone.local/jellystone/jellystone"
    }
  }
}

provider "jellystone" {}

variable "description" {
  type    = string
  default = "Orders of the web shop"
}

variable "protected" {
  description = "Set it to false, and apply, before you destroy the database."
  type        = bool
  default     = true
}

variable "password" {
  description = "Raise it by one for new passwords."
  type        = number
  default     = 1
}

resource "jellystone_database" "shop" {
  name        = "shop"
  description = var.description
  protected   = var.protected
}

# Owns the tables: for migrations.
resource "jellystone_role" "owner" {
  database       = jellystone_database.shop.id
  name           = "shop_migrations"
  access         = "owner"
  secret_version = var.password
}

# Reads and writes rows: for the application.
resource "jellystone_role" "application" {
  database         = jellystone_database.shop.id
  name             = "shop_app"
  access           = "readwrite"
  connection_limit = 20
  secret_version   = var.password
  end_sessions     = true
}

# Only reads, and only for a while: for an analyst.
resource "jellystone_role" "analyst" {
  database    = jellystone_database.shop.id
  name        = "shop_analyst"
  access      = "readonly"
  valid_until = "2030-01-31T12:00:00+01:00"
}

output "uri" {
  description = "What the application needs; in libpq's form."
  value       = jellystone_role.application.uri
  sensitive   = true
}

output "place" {
  value = "${jellystone_role.application.host}:${jellystone_role.application.port}"
}
