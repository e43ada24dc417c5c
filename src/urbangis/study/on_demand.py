"""Values that are made when somebody first asks for them."""

from collections.abc import Callable, Sized
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class OnDemand(Generic[T]):
    """A field of a frozen dataclass that takes a value, or a function that makes it when asked.

    The function is called once; what it raises is raised where the field is first read. A value
    that a function made can be let go: the function makes it again if somebody asks again.
    """

    def __init__(self, *default: T) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self._maker = f"_make_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> Any: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            if not self.default:
                raise AttributeError(self.name)  # tells dataclasses that there is no default
            return self.default[0]
        held = vars(instance)
        if callable(held[self.name]):
            held[self._maker] = held[self.name]
            held[self.name] = held[self._maker]()
        return held[self.name]

    def __set__(self, instance: object, value: T | Callable[[], T]) -> None:
        vars(instance)[self.name] = value

    def let_go(self, instance: object) -> None:
        """Forget a value that can be made again; any other stays."""
        held = vars(instance)
        held[self.name] = held.pop(self._maker, held[self.name])

    def size(self, instance: object) -> int:
        """Return the length of the value; of one not made yet, what its function says of it."""
        held: Sized = vars(instance)[self.name]
        return len(held)
