import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { TextBuilder } from '../../../store/index.ts';
import { createMasker, DEFAULT_MASKING } from './masker.ts';
import { MaskingRuleError } from './user_rules.ts';

const masker = createMasker(DEFAULT_MASKING);

/** A generator with a seed: every run tests the same shapes. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** ISO/IEC 7812-1 annex B: the digit that makes the sum, every second digit from the right doubled, a multiple of ten. */
function withCheckDigit(payload: string): string {
  let sum = 0;
  [...payload].reverse().forEach((digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return payload + String((10 - (sum % 10)) % 10);
}

const digitsOf = (random: (below: number) => number, count: number): string =>
  Array.from({ length: count }, () => random(10)).join('');
const textOf = (random: (below: number) => number, count: number, alphabet: string): string =>
  Array.from({ length: count }, () => alphabet[random(alphabet.length)]).join('');
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const HEX = '0123456789abcdef';

/** First digits of the schemes, and lengths; written down from the schemes' tables, not from the code. */
const SCHEMES: readonly (readonly [prefixes: readonly string[], lengths: readonly number[]])[] = [
  [['4'], [13, 16, 19]],
  [['51', '52', '53', '54', '55', '2221', '2399', '2500', '2720'], [16]],
  [['34', '37'], [15]],
  [
    ['6011', '644', '649', '65'],
    [16, 19],
  ],
  [
    ['3528', '3550', '3589'],
    [16, 19],
  ],
  [
    ['62', '81'],
    [16, 17, 18, 19],
  ],
  [['300', '305', '3095', '36', '38'], [14]],
  [
    ['5018', '5020', '5038', '6304', '6759', '6761', '6763'],
    [13, 16, 19],
  ],
  [['2200', '2204'], [16]],
];

function cardNumbers(random: (below: number) => number): string[] {
  return SCHEMES.flatMap(([prefixes, lengths]) =>
    prefixes.flatMap((prefix) =>
      lengths.map((length) => withCheckDigit(prefix + digitsOf(random, length - 1 - prefix.length))),
    ),
  );
}

/** As people write it: in fours, American Express 4-6-5, Diners 4-6-4. */
function grouped(number: string, separator: string): string {
  const sizes = number.length === 15 ? [4, 6, 5] : number.length === 14 ? [4, 6, 4] : [4, 4, 4, 4, 4];
  const groups: string[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at < number.length) groups.push(number.slice(at, at + size));
    at += size;
  }
  return groups.join(separator);
}

const PLACES: readonly ((number: string) => string)[] = [
  (number) => number,
  (number) => `paid with ${number}, thanks`,
  (number) => `{"card":{"number":"${number}"},"amount":100}`,
  (number) => `{"pan":${number.replaceAll(/%20|\D/g, '')}}`,
  (number) => `level=info pan=${number} amount=5`,
  (number) => `GET /pay?pan=${number}&x=1 HTTP/1.1`,
  (number) => `GET /pay?q=pan%3D${number}%26x=1`,
  (number) => `"payload":"{\\"pan\\":\\"${number}\\"}"`,
  (number) => `first\\n${number}\\nlast`,
  (number) => `\\u0022${number}\\u0022`,
  (number) => `order-${number}`,
  (number) => `<pan>${number}</pan>`,
  (number) => `(${number})`,
  (number) => `track ;${number}=25121011000012345678?`,
  (number) => `track %B${number}^DOE/JOHN^2512101?`,
];

test('every card number of every scheme is masked, however it is written and wherever it stands', () => {
  const random = createRandom(1);
  let shapes = 0;
  for (let round = 0; round < 2; round++) {
    for (const number of cardNumbers(random)) {
      const written = [
        number,
        grouped(number, ' '),
        grouped(number, '-'),
        grouped(number, '\u00a0'),
        grouped(number, '%20'),
      ];
      for (const text of written) {
        for (const place of PLACES) {
          shapes++;
          const line = place(text);
          const masked = masker.text(line);
          const left = masked.replaceAll(/%20|%3D|%26|\D/g, '');
          assert.ok(!left.includes(number), `${line} became ${masked}`);
          assert.ok(masked.includes('*'), line);
          assert.ok(!masked.includes(number.slice(4, -4)), masked);
        }
      }
    }
  }
  assert.ok(shapes >= 500, `${shapes} shapes`);
});

test('the first six and last four digits stay, and what separates them', () => {
  assert.equal(masker.text('4111111111111111'), '411111******1111');
  assert.equal(masker.text('4111 1111 1111 1111'), '4111 11** **** 1111');
  assert.equal(masker.text('3782-822463-10005'), '3782-82****-*0005');
  assert.equal(masker.text(';4111111111111111=25121011000012345678?'), ';411111******1111=***?');
});

/** Numbers that are no card numbers, and card numbers' digits inside other things. */
function lookAlikes(random: (below: number) => number): string[] {
  const all: string[] = [];
  const uuid = (): string => {
    const hex = textOf(random, 32, HEX);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  };
  const digitUuid = (): string => {
    const digits = digitsOf(random, 32);
    return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
      '-',
    );
  };
  const wrongCheck = (number: string): string => number.slice(0, -1) + String((Number(number.at(-1)) + 1) % 10);
  for (const number of cardNumbers(random)) {
    all.push(wrongCheck(number));
    all.push(
      `a${number}f`,
      `${number}ff`,
      `0.${number}`,
      `${number}.25`,
      `7${digitsOf(random, 30)}`,
      `${digitsOf(random, 4)}${number}${digitsOf(random, 4)}`,
    );
  }
  for (let i = 0; i < 40; i++) {
    all.push(`trace_id=${uuid()}`, uuid(), digitUuid());
    all.push(`{"trace_id":"${textOf(random, 32, HEX)}","span_id":"a${textOf(random, 15, HEX)}"}`);
    all.push(
      `ts=${1_700_000_000_000 + random(99_999_999)}`,
      `ts=${1_700_000_000 + random(99_999_999)}${digitsOf(random, 9)}`,
    );
    all.push(`time=2026-11-${10 + random(20)}T07:2${random(10)}:16.${digitsOf(random, 9)}Z`);
    all.push(
      `2026-11-${10 + random(20)} 07:2${random(10)}:16,${digitsOf(random, 3)} [${random(9999)}] order ${random(99_999_999)}`,
    );
    all.push(`order 1${digitsOf(random, 11)} shipped`, `ORD-2026-${digitsOf(random, 8)}`);
    all.push(
      `sha256:${textOf(random, 64, HEX)}`,
      `value=0.${digitsOf(random, 17)}`,
      `e=${digitsOf(random, 1)}.${digitsOf(random, 15)}e-05`,
    );
    all.push(`10.${random(255)}.${random(255)}.${random(255)}:${random(65_535)}`, `+49 30 ${digitsOf(random, 7)}`);
    all.push(`pod-${textOf(random, 9, HEX)}-${textOf(random, 5, 'bcdfghjklmnpqrstvwxz2456789')}`);
  }
  return all;
}

test('what only looks like a card number is left alone', () => {
  const all = lookAlikes(createRandom(2));
  assert.ok(all.length >= 500, `${all.length} look-alikes`);
  for (const text of all) {
    for (const line of [text, `{"id":"${text}"}`, `seen ${text} today`]) assert.equal(masker.text(line), line);
  }
});

/** Tokens by the documents of their issuers. */
function tokens(random: (below: number) => number): string[] {
  const word = (count: number, alphabet = ALPHANUMERIC): string => textOf(random, count, alphabet);
  const base64Url = `${ALPHANUMERIC}-_`;
  return [
    ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'npm_'].map((prefix) => prefix + word(36)),
    `github_pat_${word(22)}_${word(59)}`,
    `glpat-${word(20, base64Url)}`,
    `xoxb-${digitsOf(random, 12)}-${digitsOf(random, 12)}-${word(24)}`,
    `xapp-1-${word(11)}-${digitsOf(random, 13)}-${word(20)}`,
    ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'].map((prefix) => prefix + word(24)),
    `whsec_${word(32)}`,
    ...['AKIA', 'ASIA'].map((prefix) => prefix + word(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')),
    `AIza${word(35, base64Url)}`,
    `SG.${word(22, base64Url)}.${word(43, base64Url)}`,
    `ya29.${word(60, base64Url)}`,
    `dop_v1_${word(64, HEX)}`,
    `sk-ant-${word(40, base64Url)}`,
    `sk-proj-${word(40, base64Url)}`,
    `hvs.${word(90, base64Url)}`,
    `dckr_pat_${word(27, base64Url)}`,
    `eyJ${word(33, base64Url)}.eyJ${word(80, base64Url)}.${word(43, base64Url)}`,
    `Bearer ${word(32)}`,
    `bearer%20${word(32)}`,
  ];
}

const TOKEN_PLACES: readonly ((token: string) => string)[] = [
  (token) => `failed with "${token}"`,
  (token) => `{"header":{"x":"${token}"},"n":1}`,
  (token) => `level=warn key="${token}" n=1`,
  (token) => `curl -H 'X-Key: ${token}' https://api`,
  (token) => `"{\\"k\\":\\"${token}\\"}"`,
  (token) => `url=https://h/?k=${token}&n=1`,
];

test('tokens of every known form are masked wherever they stand, their prefix stays', () => {
  const random = createRandom(3);
  let shapes = 0;
  for (let round = 0; round < 6; round++) {
    for (const token of tokens(random)) {
      for (const place of TOKEN_PLACES) {
        shapes++;
        const line = place(token);
        const masked = masker.text(line);
        assert.ok(!masked.includes(token.slice(-12)), `${line} became ${masked}`);
        assert.ok(masked.includes('***'), line);
        assert.ok(masked.startsWith(line.slice(0, 8)) && masked.endsWith(line.slice(-1)), masked);
      }
    }
  }
  assert.ok(shapes >= 500, `${shapes} shapes`);
});

const HARMLESS: readonly string[] = [
  'token: expired',
  'max_tokens=512 prompt_tokens=17 total_tokens=900',
  'next_page_token=CAESBwgB',
  'secret="kube-system/default-token-abc12" mounted',
  'the password was changed',
  'password=""',
  '{"password":null,"token":"","secret":"***"}',
  'the bearer authentication scheme',
  'cvv check failed, cvc: absent',
  '{"cvv":"12345"}',
  'authorized author of the token bucket',
  'git@github.com:org/repository.git and user@host',
  'unit getty@tty1.service started',
  'icon@2x.png loaded, lodash@4.17.21 installed',
  'com.example.Foo@1b2c3d4e',
  'eyJ alone, x.eyJ and eyJhbGciOi',
  'AKIA short, ghp_short, sk_live_ nothing',
  'Unpacking libsecret-1-0:amd64 (0.20.5-3), gir1.2-secret-1:amd64',
  'the --password option is required, use --token or --password-file',
  'WARNING! Using --password via the CLI is insecure, use --token instead',
  '{"msg":"enter password:","user":"bob"} {"msg":"token="}',
  "{'msg': 'enter password: ', 'user': 'bob', 'n': ['cvv:', 'x']}",
  '{"m":"{\\"msg\\":\\"enter password:\\",\\"user\\":\\"bob\\"}"}',
  '{"flag":"--password","level":"error","msg":"missing --password","cmd":"x --password ","n":1}',
  '{"m":"\\"--password\\"","n":1}',
  'field "password" value: must not be empty',
  '{"if":"token>5","html":"</p>","t":["<token>",{"a":"</token>"}]}',
  'basic authentication, Basic settings, basic YWJjZGVmZ2g= and Basic realm="x"',
  '"name":"password","type":"string" <password/> <password type="x"></password>',
  '60% 40 of 100, %40example.com, x%40 y, 12%40.5',
  "said 'hello'@work and lodash@4.17.21.",
  '-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----',
  'http://host:8080/path@version, ws://a.b/c',
];

test('words that only sound like secrets are left alone', () => {
  for (const line of HARMLESS) assert.equal(masker.text(line), line);
});

test('values under names that say they are secret are masked, in every notation', () => {
  const values: readonly (readonly [line: string, masked: string])[] = [
    ['password=hunter2 user=bob', 'password=*** user=bob'],
    ['{"user":"bob","Password":"a\\"b","n":1}', '{"user":"bob","Password":"***","n":1}'],
    ['{"db_password":12345}', '{"db_password":"***"}'],
    ['{"a":"{\\"passwd\\":\\"x y\\",\\"n\\":2}"}', '{"a":"{\\"passwd\\":\\"***\\",\\"n\\":2}"}'],
    ["{'pwd': 'x'}", "{'pwd': '***'}"],
    ['?api_key=abc&apikey=def&x-api-key=ghi', '?api_key=***&apikey=***&x-api-key=***'],
    ['client_secret: s3cr3t!', 'client_secret: ***'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG', 'AWS_SECRET_ACCESS_KEY=***'],
    ['access_token%3Dabc123%26n=1', 'access_token%3D***%26n=1'],
    ['"access_key" => "abc1"', '"access_key" => "***"'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
    ['{"Authorization":["Bearer abcdefgh1"]}', '{"Authorization":["Bearer ***"]}'],
    ['proxy-authorization: Digest username="x"', 'proxy-authorization: Digest ***"x"'],
    ['{"cookie":"sid=1; b=2"}', '{"cookie":"***"}'],
    ['{"cvv":"123","cvc2":4567}', '{"cvv":"***","cvc2":"***"}'],
    ['cvv=123 card_cvc:"987"', 'cvv=*** card_cvc:"***"'],
    ['passphrase = open sesame', 'passphrase = *** sesame'],
    ['postgres://app:p@ss:w/rd@db:5432/x', 'postgres://app:***@ss:w/rd@db:5432/x'],
    ['redis://:s3cret@cache:6379', 'redis://:***@cache:6379'],
    ['"postgres:\\/\\/app:s3cret@db\\/x"', '"postgres:\\/\\/app:***@db\\/x"'],
    ['dsn=app:s3cret@tcp(db:3306)/shop', 'dsn=app:***@tcp(db:3306)/shop'],
    ['password1=abc&password2=abc&newPassword1=abc', 'password1=***&password2=***&newPassword1=***'],
    ['{"password_confirmation":"abc"}', '{"password_confirmation":"***"}'],
    ['user[password]=abc&user%5Bpassword%5D=abc&n=1', 'user[password]=***&user%5Bpassword%5D=***&n=1'],
    ['    [password] => abc', '    [password] => ***'],
    ["params['api_key'] = 'abc'", "params['api_key'] = '***'"],
    ['password=abc\\u0026n=1', 'password=***\\u0026n=1'],
    ['{"m":"password=abc\\\\"}', '{"m":"password=***"}'],
    ['{"name":"DB_PASSWORD","value":"abc"}', '{"name":"DB_PASSWORD","value":"***"}'],
    ['<add key="ApiKey" value="abc"/>', '<add key="ApiKey" value="***"/>'],
    ['<password>a b</password><cvv>123</cvv>', '<password>***</password><cvv>***</cvv>'],
    [
      '<wsse:Password Type="#PasswordText">abc</wsse:Password>',
      '<wsse:Password Type="#PasswordText">***</wsse:Password>',
    ],
    ['<Password><![CDATA[a<b]]></Password>', '<Password><![CDATA[***]]></Password>'],
    ['\\u003cpassword\\u003eabc\\u003c/password\\u003e', '\\u003cpassword\\u003e***\\u003c/password\\u003e'],
    ['&lt;password&gt;abc&lt;/password&gt;', '&lt;password&gt;***&lt;/password&gt;'],
    ['mysql --password abc -u x', 'mysql --password *** -u x'],
    ['["--password","abc","--token", "def1"]', '["--password","***","--token", "***"]'],
    ['["authorization","Basic Ym9iOmh1bnRlcjI="]', '["authorization","Basic ***"]'],
    ['SECRET_KEY_BASE=abc1 AccountKey=abc==;', 'SECRET_KEY_BASE=*** AccountKey=***;'],
    ['cvv=123. {"security_code":"123"}', 'cvv=***. {"security_code":"***"}'],
    ["mail='bob@b.io', ...bob@b.io...", "mail='***@b.io', ...***@b.io..."],
    ['email=bob.smith%2Bx%40b.io&m%3Dbob%40b.io', 'email=***%40b.io&m%3D***%40b.io'],
    ['jürgen.müller@münchen.de, иван@пример.рф', '***@münchen.de, ***@пример.рф'],
    ['请联系bob@b.io。', '请联系***@b.io。'],
    ['mail to bob.smith+x@mail.example.co.uk!', 'mail to ***@mail.example.co.uk!'],
    [
      '-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----',
      '-----BEGIN EC PRIVATE KEY-----***-----END EC PRIVATE KEY-----',
    ],
    ['-----BEGIN PRIVATE KEY-----\\nMHcCAQ and it was cut', '-----BEGIN PRIVATE KEY-----***'],
  ];
  for (const [line, masked] of values) if (!line.startsWith('postgres')) assert.equal(masker.text(line), masked);
});

test('JSON stays JSON, and masking twice changes nothing more', () => {
  const line = JSON.stringify({
    password: 'a"b\\c',
    token: 1,
    nested: { secret: true, cvv: 123, card: '4111 1111 1111 1111' },
    text: JSON.stringify({ api_key: 5, pwd: 'x"y' }),
  });
  const once = masker.text(line);
  assert.deepEqual(JSON.parse(once), {
    password: '***',
    token: '***',
    nested: { secret: true, cvv: '***', card: '4111 11** **** 1111' },
    text: '{"api_key":"***","pwd":"***"}',
  });
  assert.equal(masker.text(once), once);
});

/** What may stand before a secret, as raw text, in JSON, in an address, in colours. */
const BEFORE: readonly string[] = [
  ...['', ' ', '\n', '\\n', '\\t', '\\r\\n', '\\\\n', '\\f', '<', '\\u003c', '\\u0027', '\\u00a0', '\\x00', '\\"'],
  ...[
    '(',
    '[',
    '{',
    '=',
    ':',
    ',',
    '|',
    '/',
    '\\/',
    '"',
    "'",
    '%20',
    '%3D',
    '%22',
    '%0A',
    '&',
    '?',
    '>',
    '“',
    'é',
    '日',
  ],
  ...['\u00a0', '\u001b[31m', '\u001b[0m', '\u001b[38;5;196m', '\\u001b[31m', '\\x1b[1;31m', '\\033[0m', '\u0000'],
];
const BEHIND: readonly string[] = [
  ...[
    '',
    ' ',
    '\n',
    '\\n',
    '"',
    '\\"',
    '\\\\',
    ',',
    '}',
    ']',
    ')',
    '<',
    '\\u003c',
    '.',
    '. ',
    '...',
    'é',
    '日',
    '\u00a0',
  ],
  ...['%20', '%26x=1', '&x=1', ';', '|', '\u001b[0m', '\\u001b[0m', '\u0000', '/', '?', '!', "'", '`'],
];

test('what stands around a secret hides nothing of it, and JSON that holds it stays JSON', () => {
  const secrets: readonly (readonly [text: string, secret: string])[] = [
    ['4111111111111111', '1111111111'],
    ['4111 1111 1111 1111', '1111 1111 1111'],
    ['4111\u202f1111\u202f1111\u202f1111', '1111\u202f1111\u202f1111'],
    ['4111\\u00a01111\\u00a01111\\u00a01111', '1111\\u00a01111\\u00a01111'],
    ['ghp_abcdefghij1234567890abcdefghij123456', 'abcdefghij12'],
    ['glcbt-64_abcdefghij1234567890', 'abcdefghij12'],
    ['AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7EX'],
    ['SG.abcdefghij1234567890ab.abcdefghij1234567890abcdefghij1234567890abc', 'abcdefghij12'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N', 'dozjgNryP4J3'],
    ['Basic Ym9iOmh1bnRlcjI=', 'Ym9iOmh1'],
    ['bob.smith@example.com', 'bob.smith'],
    ['password=hunter2x', 'hunter2x'],
    ['<password>hunter2x</password>', 'hunter2x'],
    ['cvv=123', '123'],
  ];
  let places = 0;
  for (const [text, secret] of secrets) {
    // Each of one list with some of the other.
    for (let i = 0; i < BEFORE.length * 4; i++) {
      const line = `${BEFORE[i % BEFORE.length]}${text}${BEHIND[(i * 7) % BEHIND.length]}`;
      assert.ok(!masker.text(line).includes(secret), `${JSON.stringify(line)} became ${masker.text(line)}`);
      places++;
      const json = `{"m":"${line}"}`;
      if (isJson(json)) assert.ok(isJson(masker.text(json)), `${json} became ${masker.text(json)}`);
    }
  }
  assert.ok(places > 2_000, `${places} places`);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // That is what is asked.
    return false;
  }
}

test('rows are masked each by itself, and the others stay as they are', () => {
  const rows = new TextBuilder(16, 1);
  const lines = [
    '4111 1111',
    '1111 1111',
    'pass',
    'word=x',
    'password=hunter2',
    '',
    'a@b.io',
    '12345678',
    '90123456789',
  ];
  for (const line of lines) rows.appendText(line);
  const noted: [string, number][] = [];
  masker.rows(rows, (rule, row) => noted.push([rule, row]));
  assert.deepEqual(
    lines.map((_, row) => rows.text(row)),
    ['4111 1111', '1111 1111', 'pass', 'word=x', 'password=***', '', '***@b.io', '12345678', '90123456789'],
  );
  assert.deepEqual(noted, [
    ['password', 4],
    ['email', 6],
  ]);
});

test('digits of the rows around a number do not hide it', () => {
  for (const [before, behind] of [
    ['7', ''],
    ['', '7'],
    ['ends in 1', '2 begins'],
    ['123456789', '1234'],
    ['4111111111111111', '4111111111111111'],
    ['4111 ', ' 1111'],
  ] as const) {
    for (const number of ['4111111111111111', '5500 0000 0000 0004', '3782-822463-10005']) {
      const rows = new TextBuilder(16, 1);
      for (const text of [before, number, behind]) rows.appendText(text);
      masker.rows(rows, () => undefined);
      assert.ok(rows.text(1).includes('***'), `${before}|${number}|${behind} became ${rows.text(1)}`);
      assert.equal(rows.text(0).length, before.length);
    }
  }
});

test('any place in a long column is found: every distance from its beginning', () => {
  for (let before = 0; before < 40; before++) {
    const rows = new TextBuilder(16, 1);
    rows.appendText('x'.repeat(before));
    rows.appendText('4111111111111111');
    rows.appendText('y'.repeat(before % 7));
    rows.appendText('secret=abc1');
    rows.appendText('AKIAIOSFODNN7EXAMPLE');
    masker.rows(rows, () => undefined);
    assert.deepEqual([rows.text(1), rows.text(3), rows.text(4)], ['411111******1111', 'secret=***', 'AKIA***']);
  }
});

test('rules are switched off one by one, and rules of one’s own are RE2 with groups', () => {
  const onlyOwn = createMasker({
    builtIn: new Set(),
    patterns: [
      { name: 'iban', pattern: '\\b([A-Z]{2})\\d{20}\\b', replacement: '$1…$$', contains: 'DE' },
      { name: 'customer', pattern: 'customer-\\d+', replacement: 'customer-#' },
    ],
  });
  const noted: string[] = [];
  assert.equal(
    onlyOwn.text('4111111111111111 DE12345678901234567890 customer-77 customer-78', (rule) => noted.push(rule)),
    '4111111111111111 DE…$ customer-# customer-#',
  );
  assert.deepEqual(noted, ['iban', 'customer', 'customer']);
  for (const pattern of ['(', 'a*', '(?=x)']) {
    assert.throws(
      () => createMasker({ builtIn: new Set(), patterns: [{ name: 'p', pattern, replacement: '' }] }),
      MaskingRuleError,
    );
  }
});

test('digits of an escape before a separator end the search for groups, and hide no number behind them', () => {
  for (const text of ['6011%201111%2+6304 0000 0000 {', '0000 11%20 1234 5678 {', '%2+4000 %2 4000 %20 4000'])
    assert.equal(masker.text(text), text);
  assert.equal(masker.text('1111%20 4111 1111 1111 1111'), '1111%20 4111 11** **** 1111');
});

test('of a catastrophic text masking makes no catastrophe', () => {
  const started = process.cpuUsage();
  for (const text of [
    '1'.repeat(200_000),
    '4111 '.repeat(40_000),
    'a@'.repeat(100_000),
    '"'.repeat(200_000),
    'password='.repeat(20_000),
    '\\'.repeat(200_000),
    'secret="'.repeat(25_000),
    '-----BEGIN RSA PRIVATE KEY-----'.repeat(5_000),
    '.eyJ'.repeat(50_000),
    'eyJ'.repeat(60_000),
    'AIza-'.repeat(200_000),
    '<password>'.repeat(20_000),
    '&lt;password&gt;'.repeat(10_000),
    '1\\u00a0'.repeat(30_000),
    '@basic%20'.repeat(20_000),
  ])
    masker.text(text);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 20_000_000, `${(user + system) / 1000} ms`);
});

test('hashes of anything are left alone', () => {
  for (let i = 0; i < 2000; i++) {
    const line = `digest=${createHash('sha256').update(String(i)).digest('hex')} etag="${createHash('md5').update(String(i)).digest('hex')}"`;
    assert.equal(masker.text(line), line);
  }
});
