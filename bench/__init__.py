"""How fast Jellystone is, beside what cannot be faster: `uv run python -m bench create|list|sign-in|terraform|…`.

create   A database and its owner role through the JSON API, against the very same SQL sent by asyncpg on a warm
         connection. The statements are read from PostgreSQL's own log of a creation, with its parameters.
list     The first 50 of 1,000 databases as JSON and as a page, against a bare Litestar handler that asks the same
         query (and renders the same rows with Jinja2), and against the same without any database.
sign-in  How long other pages take while people sign in as fast as they can, against a quiet server.
terraform
         `terraform apply` for 50 databases with 100 roles, against the very same SQL by asyncpg, four databases at a
         time as Jellystone does it; and how many requests that takes.
collect  A round of the collector over 1,000 databases with its storing, against the bare queries that it sends; and how
         many bytes a day of their figures takes.
store    The same for databases that are made up (--rows 10000), in our own tables only: what looks and summing up cost,
         and how much there is to keep.

What is compared takes turns within one run, so that a busy machine is as busy for both; look at the ratios, not at
the milliseconds. Everything runs on this machine and nothing stays: PostgreSQL in a temporary folder with fsync on,
the application in a process of its own as `jellystone serve` starts it, over HTTP with keep-alive.

--times N     how often each is measured (200 for lists, 40 for creating, 3 for terraform)
--rows N      how many databases the list or the server has (1,000)
--at-once N   how many work at the same time in the second table of `create` (8)

What came out, and where the time goes, stands in docs/performance.md.
"""
