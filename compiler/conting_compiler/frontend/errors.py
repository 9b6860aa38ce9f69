"""Every error that the front end reports: a stable code and its title.

E1xx files, syntax, imports; E2xx names, types, statements; E3xx accounts and instructions. A code
is never given a second meaning; `docs/errors.md` has a paragraph for each.
"""

from typing import Final

CODES: Final = {
    "E101": "not valid Python",
    "E102": "the file cannot be read",
    "E103": "nested too deeply",
    "E104": "import of something that is not part of the program",
    "E105": "the imported file does not exist",
    "E106": "the imported name does not exist",
    "E107": "files import each other in a circle",
    "E108": "a statement that the dialect does not have",
    "E109": "an expression that the dialect does not have",
    "E110": "a kind of function that the dialect does not have",
    "E111": "not allowed outside functions and classes",
    "E112": "one name for two things",
    "E113": "a name with other characters than ASCII",
    "E201": "unknown name",
    "E202": "a value of the wrong type",
    "E203": "'/' gives a float",
    "E204": "two integer types that do not mix",
    "E205": "a number that does not fit its type",
    "E206": "no such field, method or variant",
    "E207": "not something that can be called",
    "E208": "wrong arguments",
    "E209": "a variable changes its type",
    "E210": "used before it has a value",
    "E211": "a condition that is not a bool",
    "E212": "a comparison of things that do not compare",
    "E213": "not a type",
    "E214": "a type annotation is missing",
    "E215": "a return is missing or does not belong",
    "E216": "a function that calls itself",
    "E217": "not a constant",
    "E218": "an operator that the type does not have",
    "E219": "not something to loop over",
    "E220": "break or continue outside a loop",
    "E221": "an effect where evaluation order would matter",
    "E222": "not something to assign to",
    "E223": "an index outside the array",
    "E224": "division by zero",
    "E301": "declare_id is missing, twice or wrong",
    "E302": "the program has no instruction",
    "E303": "an account's field is wrong",
    "E304": "seeds without a bump",
    "E305": "seeds that cannot be used",
    "E306": "an account that is too large",
    "E307": "an instruction's parameters are wrong",
    "E308": "init with a wrong field",
    "E309": "init without what its address needs",
    "E310": "an empty account is used as if it were made",
    "E311": "who has to sign cannot sign",
    "E312": "a field of varying size is written",
    "E313": "an assert that cannot refuse as meant",
    "E314": "an instruction is called as a function",
    "E315": "an enum or errors class is wrong",
    "E316": "not an address",
    "E317": "an account is made on some paths only",
    "E318": "a class of a kind that the dialect does not have",
}


class Refused(Exception):  # noqa: N818 - it says that an error was reported, it is none itself
    """Unwinds from a reported error to the nearest place that can go on."""
