"""What can be done: plain async functions, the actor first. No HTTP here, and no SQL for managed servers."""
