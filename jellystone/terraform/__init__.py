"""The provider for Terraform and OpenTofu, on `jellystone.client` alone.

`program` is what Terraform starts, `protocol` speaks its protocol (version 6, on the package `tf`), `provider` is the
block `provider "jellystone"`, and each noun has a module with its resource and its data sources. `mirror` lays out what
`terraform init` looks for. See docs/terraform.md.
"""
