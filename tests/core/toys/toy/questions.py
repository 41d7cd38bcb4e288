"""What the toy asks of models."""

from pydantic import BaseModel

from app.ai.operations import Operation
from app.ai.templates import Template, Variable


class Game(BaseModel):
    """What is played."""

    name: str


class Move(BaseModel):
    """What the model does."""

    words: str


MOVE = Operation(
    key="toy_move",
    title="Moves of the toy",
    request=Game,
    answer=Move,
    template=Template("You play.", "Your move in {{name}}."),
    variables=(Variable("name", "What is played", "chess"),),
    values=lambda game: {"name": game.name},
    check=lambda game, move, raw: move.words,
    credit_operation="playing",
)
