from tests.fixtures import artifacts, assignment, prompt, sent

__all__ = ["artifacts", "assignment", "prompt", "sent"]
