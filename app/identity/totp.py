"""The second factor: a code that changes every 30 seconds, and recovery codes for when the phone is lost."""

import io
import secrets
import time

import pyotp
import segno
from sqlalchemy import delete, func, select, update

from app.core import audit
from app.core.clock import utcnow
from app.core.crypto import decrypt, encrypt
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.identity import credentials, messages
from app.identity.keys import constant_time_equals, key_digest
from app.identity.models import RecoveryCode, User
from app.identity.people import check_own_password, find_user

STEP_SECONDS = 30
DRIFT_STEPS = 1
CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
PURPOSE = "recovery"
ISSUER = "IGNY8"


def begin_enrolment(user: User, seen_fingerprint: str = "") -> str:
    """The secret for the authenticator: the one shown to this browser (`seen_fingerprint`), or another.

    What another browser was shown is never confirmed here. Flushes; raises Conflict when the second factor is on, or
    the person was signed out or began elsewhere at the same moment.
    """
    if not _is_begun(user, seen_fingerprint) and not _write_pending(user, totp_secret=encrypt(pyotp.random_base32())):
        raise Conflict(gettext("The second factor is on already, or was begun in another browser."), code="TOTP_ON")
    if user.totp_enabled_at is not None or user.totp_secret is None:
        raise Conflict(gettext("The second factor is on already."), code="TOTP_ON")
    return decrypt(user.totp_secret)


def secret_fingerprint(secret: str) -> str:
    """What a browser keeps of the secret that it was shown."""
    return key_digest("second factor", secret)


def _is_begun(user: User, seen_fingerprint: str) -> bool:
    return user.totp_secret is not None and constant_time_equals(
        secret_fingerprint(decrypt(user.totp_secret)), seen_fingerprint
    )


def _write_pending(user: User, **values: object) -> bool:
    """Write while the second factor is off, its secret the one read, and nobody signed the person out. Flushes."""
    stmt = update(User).where(
        User.id == user.id,
        User.totp_enabled_at.is_(None),
        User.session_epoch == user.session_epoch,
        User.totp_secret.is_not_distinct_from(user.totp_secret),
    )
    written = db.session.scalar(
        stmt.values(**values).returning(User.id), execution_options={"synchronize_session": False}
    )
    db.session.refresh(user, ["totp_secret", "totp_enabled_at"])
    return written is not None


def qr_code(user: User, secret: str) -> str:
    """The secret as a QR code: an inline SVG without styles."""
    address = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out,
        kind="svg",
        scale=5,
        border=3,
        xmldecl=False,
        svgns=True,
        svgclass="qr",
        lineclass=None,
        omitsize=True,
        dark="#111",
        light="#fff",
    )
    return out.getvalue().decode()


def confirm_enrolment(user: User, code: str, *, seen_fingerprint: str) -> list[str]:
    """Switch the second factor on; the recovery codes, shown once. Flushes. Raises DomainError for a wrong code.

    `seen_fingerprint` is of the secret that this browser was shown. Other browsers are signed out; the caller
    gives this one a new key.
    """
    if user.totp_enabled_at is not None or user.totp_secret is None:
        raise Conflict(gettext("The second factor is on already, or was not begun."), code="TOTP_STATE")
    if not _is_begun(user, seen_fingerprint) or not _use_time_step(user, code):
        raise wrong_code_error()
    if not _write_pending(user, totp_enabled_at=utcnow()):
        raise Conflict(
            gettext("You were signed out meanwhile."), code="TOTP_STATE", cure=gettext("Sign in and begin again.")
        )
    credentials.revoke_all(user, keep=user.session_key)
    codes = _new_codes(user)
    _record_and_mail(user, "person.second_factor_on", "The second factor was switched on")
    return codes


def is_enabled(user: User) -> bool:
    """True when signing in needs a code."""
    return user.totp_enabled_at is not None


def check_code(user: User, code: str) -> None:
    """Take a code of the authenticator or a recovery code; each works once. Flushes. Raises DomainError."""
    code = code.strip().lower().replace(" ", "").replace("-", "")
    if not (_use_time_step(user, code) or _use_recovery_code(user, code)):
        raise wrong_code_error()


def wrong_code_error() -> DomainError:
    """The error for any code that does not fit."""
    return DomainError(
        gettext("This code does not fit, or was used before."),
        code="TOTP_WRONG",
        field="code",
        cure=gettext("Wait for the next code in your app, and see that your phone shows the right time."),
    )


def _use_time_step(user: User, code: str) -> bool:
    if user.totp_secret is None or len(code) != 6 or not code.isascii() or not code.isdigit():
        return False
    totp, now = pyotp.TOTP(decrypt(user.totp_secret)), int(time.time()) // STEP_SECONDS
    matching_steps = [
        step
        for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
        if constant_time_equals(totp.generate_otp(step), code)
    ]
    if not matching_steps:
        return False
    newer = (
        update(User)
        .where(User.id == user.id, User.totp_last_step < matching_steps[-1])
        .values(totp_last_step=matching_steps[-1])
    )
    is_unused = db.session.scalar(newer.returning(User.id)) is not None  # nothing: this code was used
    db.session.refresh(user, ["totp_last_step"])
    return is_unused


def _use_recovery_code(user: User, code: str) -> bool:
    stmt = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == key_digest(PURPOSE, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=utcnow())
        .returning(RecoveryCode.id)
    )
    is_taken = user.totp_enabled_at is not None and db.session.scalar(stmt) is not None
    if is_taken:
        _record_and_mail(
            user, "person.recovery_code_used", "A recovery code was used to sign in", detail=str(codes_left(user))
        )
    return is_taken


def codes_left(user: User) -> int:
    """How many recovery codes still work."""
    stmt = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(stmt) or 0


def new_codes(user: User, *, password: str) -> list[str]:
    """New recovery codes; the old ones stop working. Flushes; raises DomainError for a wrong password."""
    check_own_password(user, password)
    if not is_enabled(user):
        raise Conflict(gettext("The second factor is off."), code="TOTP_OFF")
    codes = _new_codes(user)
    credentials.revoke_all(user, keep=user.session_key)
    _record_and_mail(user, "person.recovery_codes_made", "New recovery codes were made")
    return codes


def _new_codes(user: User) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    plain = ["".join(secrets.choice(ALPHABET) for _ in range(16)) for _ in range(CODES)]
    db.session.add_all([RecoveryCode(user_id=user.id, code_hash=key_digest(PURPOSE, code)) for code in plain])
    db.session.flush()
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in plain]


def switch_off(user: User, *, password: str) -> None:
    """Ask for the password alone from now on. Flushes; raises DomainError for a wrong password."""
    check_own_password(user, password)
    _remove_factor(user, keep=user.session_key)
    _record_and_mail(user, "person.second_factor_off", "The second factor was switched off")


def switch_off_for(email: str) -> bool:
    """Switch it off for a person who has lost phone and codes, or for whom somebody else switched it on. Flushes.

    For whoever runs the installation. False when there is nobody of that address, or it is off.
    """
    user = find_user(email.strip())
    if user is None or not is_enabled(user):
        return False
    _remove_factor(user, keep=None)
    _record_and_mail(user, "person.second_factor_off", "The second factor was switched off", actor=audit.OPERATOR)
    return True


def _remove_factor(user: User, *, keep: str | None) -> None:
    user.totp_secret = user.totp_enabled_at = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.session.flush()
    credentials.revoke_all(user, keep=keep)


def _record_and_mail(user: User, action: str, sentence: str, detail: str = "", actor: str = "") -> None:
    who = {"actor": actor} if actor else {"actor_id": user.id, "actor": f"{user.name} <{user.email}>"}
    audit.record_for_person(user.id, action, subject=user.email, **who)
    stamp = int(utcnow().timestamp() * 1000)
    messages.security_notice(user, sentence, f"totp:{user.id}:{action}:{detail}:{stamp}")
