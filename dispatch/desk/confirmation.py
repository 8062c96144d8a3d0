"""The one place where a dispatch gets its signature."""

from __future__ import annotations

from dispatch.desk.verbs import Context, Refusal
from dispatch.domain.facts.dispatching import Confirmation
from dispatch.domain.picture import Picture
from dispatch.domain.staff import Role


def confirmation_of(picture: Picture, context: Context) -> Confirmation:
    """The signature of the person who asks, checked against who is signed on at that desk.

    Refused for feeds, advice and the system, with nobody signed on, for a role that may not
    dispatch, and for a simulated dispatcher outside an exercise.
    """
    actor = context.actor
    signed = picture.staff.get(actor.desk_id)
    if signed is None or signed.user_id != actor.user_id:
        raise Refusal("desk.confirm_needs_person")
    if not signed.role.may_dispatch:
        raise Refusal("desk.role_may_not", verb="ConfirmDispatch", role=signed.role.value)
    if signed.role is Role.SIMULATED:
        if context.realm != "exercise":
            raise Refusal("desk.simulated_in_live", verb="ConfirmDispatch")
    elif actor.origin != "human":
        raise Refusal("desk.confirm_needs_person")
    return Confirmation(
        user_id=signed.user_id, name=signed.name, role=signed.role, desk_id=signed.desk_id
    )
