# Many databases from one table, each with a role that reads and writes and one that only reads.

terraform {
  required_providers {
    jellystone = {
      source = "jellystone.local/jellystone/jellystone"
    }
  }
}

provider "jellystone" {}

variable "databases" {
  description = "Descriptions by name."
  type        = map(string)
  default = {
    orders  = "What people bought"
    stock   = "What there is"
    reports = "What it came to"
  }
}

variable "protected" {
  type    = bool
  default = true
}

locals {
  roles = merge([for name in keys(var.databases) : {
    "${name}_app"     = { database = name, access = "readwrite" }
    "${name}_reading" = { database = name, access = "readonly" }
  }]...)
}

resource "jellystone_database" "all" {
  for_each = var.databases

  name        = each.key
  description = each.value
  protected   = var.protected
}

resource "jellystone_role" "all" {
  for_each = local.roles

  database = jellystone_database.all[each.value.database].id
  name     = each.key
  access   = each.value.access
}

output "uris" {
  value     = { for name, role in jellystone_role.all : name => role.uri }
  sensitive = true
}
