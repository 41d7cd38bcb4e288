"""How calls and their attempts ended, in words."""

IN_WORDS = {
    "AI_ANSWER_EMPTY": "The answer was empty",
    "AI_ANSWER_INVALID": "The answer could not be used",
    "AI_ANSWER_TOO_LONG": "The answer was cut off",
    "AI_BLOCKED": "The address is not called",
    "AI_BUSY": "No place became free in time",
    "AI_CANCELLED": "Cancelled",
    "AI_FORBIDDEN": "The key may not use this model",
    "AI_KEY_INVALID": "The key was not accepted",
    "AI_MODEL_MISSING": "The model was not found",
    "AI_NOT_COMPATIBLE": "No AI service answered there",
    "AI_NO_CREDIT": "No credit left at the service",
    "AI_PAUSED": "Not asked, after too many failures",
    "AI_PRICE_UNKNOWN": "Its price is not known, and there is a cap",
    "AI_PROCESS_DIED": "The process ended before the answer",
    "AI_RATE_LIMITED": "The service limited requests",
    "AI_REDIRECTED": "The address leads on to another",
    "AI_REFUSED": "The model declined",
    "AI_REQUEST_REFUSED": "The service refused the request",
    "AI_REQUEST_TOO_LARGE": "The request was too large",
    "AI_SERVICE_FAILED": "The service failed",
    "AI_TIMEOUT": "No answer in time",
    "AI_UNREACHABLE": "The service could not be reached",
    "SECRET_UNREADABLE": "The stored key cannot be read",
}


def error_label(error_code: str) -> str:
    """What went wrong; of a fault of our own, that it was one."""
    return IN_WORDS.get(error_code, "It failed on our side")
