"""Random instructions over two accounts of one class whose objects share parts: instances in
instances, lists in lists, options, tuples, methods, and accounts that have two names.

Every program compiles.
"""

from random import Random

from tests.compiler.differential.object_values import (
    LEAF,
    LEAVES,
    NODE,
    PREFACE,
    ROWS,
    SIZES,
    TREE,
    Kind,
    Values,
)


class _Writer(Values):
    """Writes one instruction."""

    # --- statements

    def statement(self, depth: int) -> None:
        simple = (self._name, self._rename, self._mutate, self._store, self._list, self._tell)
        ways = (*simple, *simple, self._option, self._swap, self._text, self._unpack, self._guard)
        nested = (self._choice, self._loop, self._loop, self._while, self._leave)
        self.chance.choice((*ways, *nested) if depth > 0 else ways)(depth)

    def body(self, depth: int, most: int = 4) -> None:
        for _ in range(self.chance.randint(1, most)):
            self.statement(depth)

    def value(self, kind: Kind) -> str:
        match kind:
            case "Leaf":
                return self.leaf()
            case "Node":
                return self.node()
            case "Leaves":
                return self.leaves()
            case "Sizes":
                return self.sizes()
            case "Rows":
                return self.rows()
            case _:
                return f"larger({self.tree()}, {self.tree()})"

    def _name(self, _: int) -> None:
        kind = self.chance.choice([LEAF, LEAF, NODE, LEAVES, SIZES, ROWS, TREE])
        value = self.value(kind)
        name = self.fresh(kind)
        self.say(f"{name} = {value}")
        self.known.setdefault(kind, []).append(name)

    def _rename(self, depth: int) -> None:
        kinds = [kind for kind, names in self.known.items() if names and kind != TREE]
        if not kinds:
            return self._name(depth)
        kind = self.chance.choice(kinds)
        value = self.value(kind)
        self.say(f"{self.chance.choice(self.known[kind])} = {value}")
        return None

    def _mutate(self, _: int) -> None:
        at = self.chance.choice([0, 1, -1, -2])
        self.say(
            self.one_of(
                lambda: f"{self.leaf(2)}.x = {self.number()}",
                lambda: f"{self.variable_leaf()}.x += {self.number()}",
                lambda: f"{self.leaf(2)}.y = {self.chance.randint(0, 255)}",
                lambda: f"{self.tree()}.pair[{at}] = {self.chance.randint(0, 2**64 - 1)}",
                lambda: (
                    f"{self.tree()}.wide -= i128({self.number()}) * {self.chance.randint(1, 2**70)}"
                ),
                lambda: f"{self.tree()}.small = u8(({self.number()}) % 7)",
                lambda: f"{self.leaf(2)}.add({self.number()})",
                lambda: f"{self.node(2)}.turn()",
                lambda: f"count_up({self.sizes()}, {self.size()})",
                lambda: f"mend({self.tree()}, {self.leaf()})",
            )
        )

    def variable_leaf(self) -> str:
        return self.variable(LEAF) or f"{self.tree()}.leaf"

    def _store(self, _: int) -> None:
        side = self.chance.choice(["left", "right"])
        self.say(
            self.one_of(
                lambda: f"{self.tree()}.leaf = {self.leaf()}",
                lambda: f"{self.tree()}.boxes[{self.chance.choice([0, 1, -1])}] = {self.leaf()}",
                lambda: f"{self.tree()}.boxes[told({self.number(1)}) % 2] = {self.leaf(2)}",
                lambda: f"{self.node(2)}.{side} = {self.leaf()}",
                lambda: f"{self.node(2)}.sizes = {self.sizes()}",
                lambda: f"{self.tree()}.node = {self.node()}",
                lambda: f"{self.tree()}.leaves = {self.leaves()}",
                lambda: f"{self.tree()}.rows = {self.rows()}",
                lambda: f"{self.tree()}.nodes = [{self.node(2)}, {self.node(1)}]",
            )
        )

    def _list(self, _: int) -> None:
        leaves, sizes = self.leaves(1), self.sizes(1)
        if not leaves.replace("_", "").replace(".", "").isalnum():
            leaves = f"{self.tree()}.leaves"
        with self.block(f"if 0 < len({leaves}) < 5:"):
            at = self.chance.choice([0, -1])
            self.say(
                self.one_of(
                    lambda: f"{leaves}.append({self.leaf()})",
                    lambda: f"{leaves}.insert({at}, {self.leaf()})",
                    lambda: f"{leaves}[{at}] = {self.leaf()}",
                    lambda: f"{leaves}.pop({at}).x = {self.number()}",
                    lambda: f"{leaves}.reverse()",
                    lambda: f"{leaves}.extend({leaves}[:1])",
                    lambda: f"{leaves}[0], {leaves}[-1] = {leaves}[-1], {leaves}[0]",
                    lambda: f"{leaves}.clear()",
                )
            )
        self.say(
            f"print({sizes}, {leaves}[{self.chance.choice([':1', '-1:'])}][0].x)"
            if self.chance.random() < 0.05
            else f"print({sizes})"
        )

    def _tell(self, _: int) -> None:
        self.say(
            f"print({self.one_of(self.number, self.truth)}, {self.leaf()}.y, {self.number(1)})"
        )

    def _option(self, _: int) -> None:
        tree, name = self.tree(), self.fresh("maybe")
        if self.chance.random() < 0.5:
            value = "None" if self.chance.random() < 0.3 else self.leaf()
            self.say(f"{tree}.maybe = {value}")
            return
        self.say(f"{name} = {tree}.maybe")
        with self.block(f"if {name} is not None:"):
            self.known.setdefault(LEAF, []).append(name)
            self.say(f"{name}.x = {self.number()}")
            self.say(f"{tree}.leaf = {name}")

    def _swap(self, _: int) -> None:
        one, other = (
            self.chance.choice(
                [f"{self.tree()}.leaf", f"{self.tree()}.boxes[1]", f"{self.tree()}.node.left"]
            )
            for _ in range(2)
        )
        self.say(f"{one}, {other} = {other}, {self.leaf(2)}")

    def _text(self, _: int) -> None:
        tree = self.tree()
        with self.block(f"if len({tree}.text) < 20:"):
            self.say(f'{tree}.text += f"{{{self.number(2)}}}é{{len({tree}.node.name)}}"')
        self.say(f"{self.node(1)}.name = {tree}.text[{self.chance.choice(['1:3', '-2:', ':4'])}]")

    def _unpack(self, _: int) -> None:
        one, other = self.fresh(LEAF), self.fresh(LEAF)
        self.say(f"{one}, {other} = ends({self.node()})")
        self.known.setdefault(LEAF, []).extend([one, other])

    def _guard(self, _: int) -> None:
        if self.chance.random() < 0.1:
            self.say(f'assert {self.truth(2)}, "a guard of {self.chance.randint(0, 3)}"')
        else:
            self.say(f"show({self.tree()})")

    def _choice(self, depth: int) -> None:
        with self.block(f"if {self.truth()}:"):
            self.body(depth - 1)
        if self.chance.random() < 0.5:
            with self.block("else:"):
                self.body(depth - 1)

    def _loop(self, depth: int) -> None:
        name = self.fresh(LEAF)
        heads = (
            f"for {name} in {self.leaves()}:",
            f"for {name} in {self.tree()}.boxes:",
            f"for place_{name}, {name} in enumerate({self.leaves()}):",
            f"for {name}, other_{name} in zip({self.leaves(2)}, {self.leaves(2)}):",
        )
        with self.block(self.chance.choice(heads)):
            self.known.setdefault(LEAF, []).append(name)
            self.body(depth - 1, 3)
            if self.chance.random() < 0.4:
                with self.block(f"if {self.truth(2)}:"):
                    self.say(self.chance.choice(["break", "continue", "break"]))
                self.statement(0)

    def _while(self, depth: int) -> None:
        name = self.fresh("rounds")
        self.say(f"{name} = 0")
        with self.block(f"while {name} < 3 and {self.truth(2)}:"):
            self.say(f"{name} += 1")
            self.body(depth - 1, 2)

    def _leave(self, _: int) -> None:
        with self.block(f"if {self.truth(2)} and k == {self.chance.randint(0, 4)}:"):
            self.say('print("left")')
            self.say("return")


def program_of(seed: int, instructions: int) -> str:
    """The text of a program with so many instructions `e0(a, b, k)`, `e1`, …"""
    chance = Random(seed)
    return PREFACE + "\n\n".join(_instruction(chance, each) for each in range(instructions))


def _instruction(chance: Random, number: int) -> str:
    writer = _Writer(chance)
    writer.body(2, 9)
    names = ", ".join(f"{name}.x" for name in writer.known.get(LEAF, []))
    if names:
        writer.say(f"print({names})")
    writer.say("show(a)")
    writer.say("show(b)")
    head = f"@instruction\ndef e{number}(a: Tree, b: Tree, k: i32):\n"
    return head + "\n".join(writer.lines) + "\n"
