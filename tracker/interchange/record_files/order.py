"""What is referred to comes first: orders of records that refer to others of their own noun."""

from array import array
from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence


def referred_to_first(ids: Sequence[int], refers: Mapping[int, Collection[int]]) -> "array[int]":
    """The same ids, each after those of them that it refers to; one of a ring comes first."""
    place = {each: at for at, each in enumerate(ids)}
    ordered, begun = array("q"), set[int]()
    for each in ids:
        waiting = [(each, False)]
        while waiting:
            now, after = waiting.pop()
            if after:
                ordered.append(now)
            elif now not in begun:
                begun.add(now)
                first = [other for other in refers.get(now, ()) if other in place]
                first.sort(key=place.__getitem__, reverse=True)
                waiting += [(now, True), *((other, False) for other in first)]
    return ordered


def levels(refers: Mapping[int, Collection[int]]) -> tuple[dict[int, int], set[int]]:
    """How many steps each of those that refer stands above what it refers to in the end, from 1;
    and those that have no such level, being in a ring or referring to one."""
    found: dict[int, int] = {}
    above: dict[int, list[int]] = defaultdict(list)
    open_ends = {}
    ready = deque[int]()
    for each, others in refers.items():
        inner = [other for other in others if other in refers]
        open_ends[each] = len(inner)
        for other in inner:
            above[other].append(each)
        if not inner:
            found[each] = 1
            ready.append(each)
    while ready:
        now = ready.popleft()
        for each in above[now]:
            open_ends[each] -= 1
            if not open_ends[each]:
                found[each] = 1 + max(found.get(other, 0) for other in refers[each])
                ready.append(each)
    return found, set(refers) - set(found)
