import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { outputsOf } from './outputs.ts';
import { pythonIsThere, unavailable } from './project.ts';

const PRELUDE = `
import array, asyncio, collections, dataclasses, datetime as dt, decimal, enum, fractions, functools, pathlib, re, types, uuid

class Color(enum.Enum):
    RED = "red"

class Level(enum.IntEnum):
    HIGH = 3

class Kind(str, enum.Enum):
    NAN = "nan"

@dataclasses.dataclass
class Point:
    x: int = 1
    when: dt.date = dt.date(2024, 2, 29)

class Tagged(Point):
    def __init__(self):
        super().__init__()
        self.unit = "m"

@dataclasses.dataclass
class Computed:
    x: int = 1
    @functools.cached_property
    def double(self): return self.x * 2
    @property
    def triple(self): return self.x * 3

computed = Computed()
computed.double
computed._note = "hidden"

class Rows(list):
    def __init__(self, *args, **more):
        super().__init__(*args)
        self.__dict__.update(more)

class Box(dict):
    def __init__(self, **more):
        super().__init__(**more)
        self.__dict__ = self

class Counted(dict): pass
counted = Counted(a=1)
counted.unit = "m"

@dataclasses.dataclass
class Node:
    left: object
    right: object

tree = doubled = 1
for _ in range(60):
    tree, doubled = Node(tree, tree), [doubled, doubled]
half_tree = 1
for _ in range(12):
    half_tree = [half_tree, half_tree]
nested = [half_tree] + [0] * 40
for _ in range(52):
    nested = [nested]

class Text(str):
    def __str__(self):
        return "changed"

class Number(int):
    def __repr__(self):
        return "changed"

Pair = collections.namedtuple("Pair", "a b")

class Odd(collections.abc.Mapping):
    def __getitem__(self, key): return key * 2
    def __iter__(self): return iter([1, 2])
    def __len__(self): return 2

cycle = []
cycle.append({"again": cycle})
ring = {}
ring["a"] = {"b": ring}
shared = [1]
deep = 0
for _ in range(70):
    deep = [deep]

async def later():
    return 1

class Broken(collections.abc.Sequence):
    def __getitem__(self, at): raise OSError("disk")
    def __len__(self): return 1

def zone(hours): return dt.timezone(dt.timedelta(hours=hours))
`;

const RIGHT: [expression: string, output: JsonValue][] = [
  ['[None, True, False, "", "ü😀"]', [null, true, false, '', 'ü😀']],
  ['[0, -1, 1.5, 1e300, 5e-324, 0.1]', [0, -1, 1.5, 1e300, 5e-324, 0.1]],
  ['[2**53 - 1, 1 - 2**53]', [2 ** 53 - 1, 1 - 2 ** 53]],
  [
    '[2**53, -2**53, 2**63, -2**70]',
    ['9007199254740992', '-9007199254740992', '9223372036854775808', '-1180591620717411303424'],
  ],
  ['[10**20]', ['100000000000000000000']],
  ['[float(2**53), 1e22, -1e16]', [2 ** 53, 1e22, -1e16]],
  [
    '{"metrics": [{"auc": float("nan")}, float("inf"), -float("inf")]}',
    { metrics: [{ auc: 'NaN' }, 'Infinity', '-Infinity'] },
  ],
  ['[decimal.Decimal(x) for x in ("1.10", "1E+2", "-0.5")]', [1.1, 100, -0.5]],
  [
    '[decimal.Decimal(x) for x in ("1.2345678901234567890", "1e500", "NaN", "-Infinity")]',
    ['1.2345678901234567890', '1E+500', 'NaN', '-Infinity'],
  ],
  ['[dt.date(2024, 2, 29), dt.date(1, 1, 1)]', ['2024-02-29', '0001-01-01']],
  [
    '[dt.time(1, 2), dt.time(1, 2, 3, 500000), dt.time(1, 0, 0, 500000, zone(2))]',
    ['01:02:00', '01:02:03.5', '01:00:00.5+02:00'],
  ],
  [
    '[dt.datetime(2024, 2, 29, 1, 2, 3), dt.datetime(2024, 2, 29, 0, 0, 0, 10)]',
    ['2024-02-29T01:02:03', '2024-02-29T00:00:00.00001'],
  ],
  [
    '[dt.datetime(2024, 2, 29, 1, tzinfo=zone(2)), dt.datetime(2024, 2, 29, 1, tzinfo=zone(0))]',
    ['2024-02-28T23:00:00Z', '2024-02-29T01:00:00Z'],
  ],
  [
    '[dt.timedelta(days=1, hours=2, seconds=0.5), -dt.timedelta(minutes=3), dt.timedelta()]',
    ['P1DT2H0.5S', '-PT3M', 'PT0S'],
  ],
  ['[uuid.UUID(int=1), pathlib.PurePosixPath("a/b.csv")]', ['00000000-0000-0000-0000-000000000001', 'a/b.csv']],
  ['[Color.RED, Level.HIGH, Kind.NAN]', ['red', 3, 'nan']],
  ['[Text("kept"), Number(7), collections.UserString("text")]', ['kept', 7, 'text']],
  ['[Point(), Pair(1, [2])]', [{ x: 1, when: '2024-02-29' }, [1, [2]]]],
  [
    '[(1, 2), range(3), collections.deque([1]), array.array("d", [1.5]), collections.UserList([1])]',
    [[1, 2], [0, 1, 2], [1], [1.5], [1]],
  ],
  [
    '[collections.OrderedDict(a=1), collections.Counter("aa"), types.MappingProxyType({"a": 1}), collections.UserDict(a=1)]',
    [{ a: 1 }, { a: 2 }, { a: 1 }, { a: 1 }],
  ],
  ['Odd()', { 1: 2, 2: 4 }],
  [
    '{1: 1, None: 2, 1.5: 3, dt.date(2024, 1, 1): 4, 2**60: 5, Color.RED: 6, float("nan"): 7}',
    { 1: 1, null: 2, '1.5': 3, '2024-01-01': 4, '1152921504606846976': 5, red: 6, NaN: 7 },
  ],
  ['{True: 1, "__proto__": 2, "": 3}', JSON.parse('{"true": 1, "__proto__": 2, "": 3}')],
  ['[shared, shared]', [[1], [1]]],
  ['[computed, Rows([1]), Box(a=1), Rows([1], _note="hidden")]', [{ x: 1 }, [1], { a: 1 }, [1]]],
  ['[None, [], {}][0]', null],
  ['[[["a" * 40] * 40] * 3, [["a" * 40] * 40] * 3][1][2]', Array(40).fill('a'.repeat(40))],
];

const REFUSED: [expression: string, message: string, code?: string][] = [
  ['{"a": [{"b c": {1, 2}}]}', 'output.a[0]["b c"] is a set: a set has no order'],
  ['[frozenset()]', 'output[0] is a frozenset'],
  ['{"keys": {1: 2}.keys()}', 'output.keys is a dict_keys'],
  ['[1, b"x"]', 'output[1] is bytes: bytes have no JSON form'],
  ['bytearray(b"x")', 'output is bytearray'],
  ['memoryview(b"x")', 'output is memoryview'],
  ['{"rows": (x for x in [1])}', 'output.rows is a generator, which has no JSON form: use list(...)'],
  ['[map(str, [1])]', 'output[0] is a map'],
  ['[later()]', 'output[0] is a coroutine: it was not awaited'],
  ['[1j]', 'output[0] is a complex'],
  ['[fractions.Fraction(1, 3)]', 'output[0] is a Fraction'],
  ['{"f": len}', 'output.f is the function len'],
  ['{"f": lambda: 1}', 'output.f is the function <lambda>'],
  ['[Point]', 'output[0] is the class Point'],
  ['[re]', 'output[0] is a module'],
  ['[ValueError("x")]', 'output[0] is a ValueError'],
  ['[re.compile("a")]', 'output[0] is a Pattern'],
  ['[object()]', 'output[0] is a object'],
  ['cycle', 'output[0].again contains itself'],
  ['ring', 'output.a.b contains itself'],
  ['deep', 'output is nested over 64 levels deep', 'OUTPUT_TOO_DEEP'],
  ['{"text": ["\\ud83d"]}', 'output.text[0] holds half of a surrogate pair'],
  ['{"a": {"\\udc00": 1}}', "output.a has the key '\\udc00', which holds half"],
  ['[pathlib.PurePosixPath("\\udcff")]', 'output[0] holds half of a surrogate pair'],
  ['{"a": {(1, 2): 3}}', 'output.a has the key (1, 2), a tuple: a key in JSON is a text'],
  ['{1: "a", "1": "b"}', "output has the keys 1 and '1', which are one key in JSON"],
  ['{None: "a", "null": "b"}', "output has the keys None and 'null', which are one key"],
  ['{b"a": 1}', "output has the key b'a', which is bytes"],
  ['[Tagged()]', 'output[0] is a Tagged with the attribute unit, which is no part of its form in JSON'],
  ['{"rows": Rows([1], unit="m")}', 'output.rows is a Rows with the attribute unit'],
  ['counted', 'output is a Counted with the attribute unit'],
  ['tree', 'output has over 16 MiB', 'OUTPUT_TOO_LARGE'],
  ['doubled', 'output has over 16 MiB', 'OUTPUT_TOO_LARGE'],
  ['[half_tree, nested]', 'output is nested over 64 levels deep', 'OUTPUT_TOO_DEEP'],
  ['["x" * 1_000_000] * 100_000', 'output has over 16 MiB', 'OUTPUT_TOO_LARGE'],
  ['range(10**12)', 'output has over 16 MiB', 'OUTPUT_TOO_LARGE'],
  ['[Broken()]', 'output[0] is a Broken that cannot be read as JSON: OSError: disk'],
];

describe.skipIf(!pythonIsThere)(`outputs of Python${unavailable}`, () => {
  let outputs: Awaited<ReturnType<typeof outputsOf>>;
  beforeAll(async () => {
    outputs = await outputsOf(
      [...RIGHT, ...REFUSED].map(([expression]) => expression),
      PRELUDE,
    );
  }, 60_000);

  it.each(RIGHT)('%s is taken as its JSON', (expression, output) => {
    expect(outputs.get(expression)).toEqual(output);
  });

  it.each(REFUSED)('%s is refused with its place', (expression, message, code = 'INVALID_OUTPUT') => {
    expect(outputs.get(expression)).toEqual({ code, message: expect.stringContaining(message), retryable: false });
  });
});
