/** A line as it is pushed, with or without structured metadata. */
export type FixtureLine = string | { readonly line: string; readonly metadata: Readonly<Record<string, string>> };

export interface FixtureStream {
  /** Beside `fixture`, which names the data. */
  readonly labels: Readonly<Record<string, string>>;
  readonly lines: readonly FixtureLine[];
}

const one = (...lines: FixtureLine[]): readonly FixtureStream[] => [{ labels: {}, lines }];

/** Data of the cases. The nth line of a fixture, counted over its streams from 1, is n seconds after the beginning of a minute. */
export const FIXTURES: Readonly<Record<string, readonly FixtureStream[]>> = {
  plain: one(
    'GET /api/users 200 12ms',
    'POST /api/cards 402 card_declined by bank',
    'GET /health 200 1ms',
    'error: Timeout while calling bank',
    'Error: connection reset by 10.0.0.7',
    'line with \u001b[31mred\u001b[0m and \u001b[1;32mgreen\u001b[0m',
  ),
  http: one(
    '{"protocol":"HTTP/2.0","servers":["129.0.1.1","10.2.1.3"],"request":{"time":"6.032","method":"GET","host":"foo.grafana.net","size":"55","headers":{"Accept":"*/*","User-Agent":"curl/7.68.0"}},"response":{"status":401,"size":"228","latency_seconds":"6.031"}}',
    '{"level":"info","method":"GET","path":"/","host":"grafana.net","status":"200","took":"12ms","size":"1.5KiB","user_id":"7"}',
    '{"level":"error","method":"POST","path":"/pay","host":"grafana.net","status":500,"took":"1.5s","size":"20MB","err":null,"ok":false,"user_id":"8"}',
    String.raw`{"a.b":{"c":"d"},"e":"f","1st":"x","sp ace":"y","dash-ed":"z","über":"ü","dup":1,"dup":2,"esc":"tab\there \u00e9","empty":"","num":1.50,"big":12345678901234567890,"exp":1e3,"fixture":"inner"}`,
    'INFO GET / loki.net 200',
    '{"level":"info","broken":',
  ),
  logfmt: one(
    'at=info method=GET path=/ host=grafana.net fwd="124.133.124.161" latency=8ms status=200',
    String.raw`at=warn method=POST path=/pay host=bank.test fwd="10.4.5.6" latency=1.2s status=500 size=20MB flag msg="say \"hi\" now"`,
    '=value at=error fo"o=bar foo=bar=buzz last=1',
    'at=info empty= quoted="" lonely status=abc latency=oops size=5XB',
    'plain words only',
    '1st=x da-sh=y dot.ted=z fixture=inner at=info at=twice',
  ),
  nginx: one(
    '0.191.12.2 - - [10/Jun/2021:09:14:29 +0000] "GET /api/plugins/versioncheck HTTP/1.1" 200 2 "-" "Go-http-client/2.0" "13.76.247.102, 34.120.177.193" "TLSv1.2" "US" ""',
    '192.168.4.25 - - [10/Jun/2021:09:14:30 +0000] "POST /pay HTTP/1.1" 500 1024 "-" "curl/8" "-" "TLSv1.3" "DE" ""',
    'level=debug ts=2021-06-10T09:24:13.472094048Z caller=logging.go:66 traceID=0568b66ad2d9294c msg="POST /loki/api/v1/push (204) 16.652862ms"',
    'POST /api/prom/api/v1/query_range (200) 1.5s',
    '::1 - - [x] "GET /v6 HTTP/1.1" 204 0 "-" "six" "2001:db8::7" "-" "-" ""',
  ),
  pack: one(
    '{"container":"myapp","pod":"pod-3223f","_entry":"original log message"}',
    String.raw`{"container":"myapp","_entry":"{\"level\":\"warn\",\"n\":3}","num":5,"fixture":"x"}`,
    'not json',
    '{"container":"noentry"}',
  ),
  meta: one(
    {
      line: 'level=info msg=one',
      metadata: { trace_id: '0af7651916cd43dd8448eb211c80319c', pod: 'a', 'user.name': 'ann' },
    },
    { line: 'level=error msg=two pod=inline', metadata: { pod: 'b', fixture: 'meta-inner' } },
    { line: 'level=info msg=three', metadata: { pod: 'c', latency: '250ms' } },
    { line: 'level=info msg=four', metadata: {} },
  ),
  ips: one(
    'from 192.168.4.5 ok',
    'from 192.168.4.250 ok',
    'from 10.0.0.1 to 192.168.4.6',
    'from 2001:db8::1 ok',
    'from ::ffff:192.168.4.5 ok',
    'addr=192.168.4.7 user=1',
    'addr=10.9.9.9 user=2',
    'no address 1.2.3',
    '192.168.4.5:8080',
  ),
  numbers: one(
    'v=1 d=100ms b=1KB g=a',
    'v=2 d=1.5s b=2KiB g=a',
    'v=4 d=1m b=3MB g=b',
    'v=8 d=2m30s b=100 g=b',
    'v=16 d=250us b=1.5GB g=c',
    'v=oops d=oops b=oops g=c',
    'g=d',
  ),
  counter: one('c=10', 'c=20', 'c=5', 'c=15', 'c=30'),
  malformed: one(
    '{"a":1,"b":{"c":2',
    '{"a":"two","v":3,}',
    "{'a':1}",
    ' {"a":5}',
    '',
    String.raw`{"a":"x\q","b":"\ude00","c":"tab	here\n"}`.replaceAll('\\\\', '\\'),
    String.raw`a="z\q" b=2`.replaceAll('\\\\', '\\'),
    'v=1e400',
    'v=1_000',
    'v=NaN e= w=1',
    '{"a":-,"d":{"":1,"x y":2}}',
    'in front {"a":6}',
  ),
  services: [
    { labels: { app: 'api', env: 'prod' }, lines: ['s=200 u=1', 's=200 u=2', 's=500 u=3'] },
    { labels: { app: 'api', env: 'dev' }, lines: ['s=200 u=1'] },
    { labels: { app: 'web', env: 'prod' }, lines: ['s=200 u=9', 's=404 u=9'] },
  ],
  names: [
    { labels: { name: 'mysql-backup' }, lines: ['x'] },
    { labels: { name: 'mysql-1' }, lines: ['y'] },
    { labels: { name: 'postgres' }, lines: ['z'] },
    { labels: { name: 'a\nmysql' }, lines: ['w'] },
  ],
  formats: one(
    String.raw`{"a":"hello World","n":"5","f":"3.75","neg":"-7","dur":"1h30m","by":"5 MB","j":"[{\"q\":\"x\",\"n\":55,\"o\":{\"z\":1,\"b\":[1,null,true]}},{\"q\":\"y\"}]","e":"","ts":"2021-11-02T10:11:12.5Z","ep":"1679577215","url":"a b/c?d=é&f+"}`,
  ),
};

/** Beside `fixture` on every stream: a service by name, so that no server derives one. */
export const SERVICE = { service_name: 'cases' } as const;
