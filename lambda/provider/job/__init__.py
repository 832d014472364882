"""Resources that a job makes a model for: the job's name is the lock, and what was started is never started again."""
