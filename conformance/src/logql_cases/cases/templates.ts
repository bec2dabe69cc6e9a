import type { LogCase } from '../log_case.ts';

/** Rules of template_functions. */
export const TEMPLATES: readonly LogCase[] = [
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{.missing}}|{{._x}}" | keep x',
    expect: ['{} = |'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{.}}" | keep x',
    expect: [
      '{} = map[a:hello World by:5 MB dur:1h30m e: ep:1679577215 f:3.75 fixture:formats j:[{"q":"x","n":55,"o":{"z":1,"b":[1,null,true]}},{"q":"y"}] n:5 neg:-7 service_name:cases ts:2021-11-02T10:11:12.5Z url:a b/c?d=é&f+]',
    ],
  },
  {
    rule: '__line__, len',
    data: 'formats',
    query: '{} | json | line_format "{{__line__ | len}}" | keep x',
    expect: ['{} = 233'],
  },
  {
    rule: 'add',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{add .n 3 \"2\"}}" | keep x`,
    expect: ['{} = 10'],
  },
  {
    rule: 'add',
    data: 'formats',
    query: '{} | json | line_format "{{add .a 3}}" | keep x',
    expect: ['{} = 3'],
  },
  {
    rule: 'addf',
    data: 'formats',
    query: '{} | json | line_format "{{addf .f 2 1}}" | keep x',
    expect: ['{} = 6.75'],
  },
  {
    rule: 'div',
    data: 'formats',
    query: '{} | json | line_format "{{div .n 2}}" | keep x',
    expect: ['{} = 2'],
  },
  {
    rule: 'div',
    data: 'formats',
    query: '{} | json | line_format "{{div .n 0}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <div .n 0>: error calling div: runtime error: integer divide by zero"} #1`,
    ],
  },
  {
    rule: 'divf',
    data: 'formats',
    query: '{} | json | line_format "{{divf .n 0}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <divf .n 0>: error calling divf: decimal division by 0"} #1`,
    ],
  },
  {
    rule: 'mod',
    data: 'formats',
    query: '{} | json | line_format "{{mod .n 0}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <mod .n 0>: error calling mod: runtime error: integer divide by zero"} #1`,
    ],
  },
  {
    rule: 'divf',
    data: 'formats',
    query: '{} | json | line_format "{{divf 10 2 4}}" | keep x',
    expect: ['{} = 1.25'],
  },
  {
    rule: 'ceil, floor, round',
    data: 'formats',
    query:
      '{} | json | line_format "{{ceil .f}} {{floor .f}} {{ceil 123.001}} {{round .f 1}} {{round 123.88571428571 5 .2}}" | keep x',
    expect: ['{} = 4 3 124 3.8 123.88572'],
  },
  {
    rule: 'max, maxf, min, minf',
    data: 'formats',
    query:
      '{} | json | line_format "{{max 1 2 3}} {{maxf 1 2.5 3}} {{min 1 2 3}} {{minf 1 2.5 3}} {{mulf 5.5 2 2.5}} {{mul 5 2 3}} {{subf 5.5 2 1.5}}" | keep x',
    expect: ['{} = 3 3 1 1 27.5 30 2'],
  },
  {
    rule: 'addf, mulf, divf',
    data: 'formats',
    query:
      '{} | json | line_format "{{addf 3.5 2 5}} {{addf .1 .2}} {{mulf 1e20 10}} {{mulf 1e21 10}} {{divf 1 3}} {{mulf 1e-5 1}}" | keep x',
    expect: ['{} = 10.5 0.3 1e+21 1e+22 0.3333333333333333 1e-05'],
  },
  {
    rule: 'int, float64',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{int \"3.7\"}} {{int \"abc\"}} {{int \"0x10\"}} {{int \"010\"}} {{float64 \"x\"}} {{float64 \"1e3\"}} {{int 3.9}}" | keep x`,
    expect: ['{} = 3 0 16 8 0 1000 3'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: '{} | json | line_format "{{fromJson .j}}" | keep x',
    expect: ['{} = [map[n:55 o:map[b:[1 <nil> true] z:1] q:x] map[q:y]]'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: '{} | json | line_format "{{range $q := fromJson .j}}{{$q.q}};{{end}}" | keep x',
    expect: ['{} = x;y;'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query:
      '{} | json | line_format "{{range $i, $q := fromJson .j}}{{$i}}={{$q.q}},{{$q.n}},{{$q.o}},{{end}}" | keep x',
    expect: ['{} = 0=x,55,map[b:[1 <nil> true] z:1],1=y,<no value>,<no value>,'],
  },
  {
    rule: 'index, fromJson',
    data: 'formats',
    query: '{} | json | line_format "{{range $k, $v := (index (fromJson .j) 0)}}{{$k}}:{{$v}};{{end}}" | keep x',
    expect: ['{} = n:55;o:map[b:[1 <nil> true] z:1];q:x;'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{fromJson \"{\\\"foo\\\": 55}\"}}" | keep x`,
    expect: ['{} = map[foo:55]'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{fromJson \"bad\"}}" | keep x`,
    expect: ['{} = <no value>'],
  },
  {
    rule: 'with',
    data: 'formats',
    query: '{} | json | line_format "{{with .a}}[{{.}}]{{else}}none{{end}} {{with .e}}x{{else}}none{{end}}" | keep x',
    expect: ['{} = [hello World] none'],
  },
  {
    rule: 'and, contains',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{if and (contains \"he\" \"hello\") (contains \"llo\" \"hello\") }} yes {{end}}" | keep x`,
    expect: ['{} =  yes '],
  },
  {
    rule: 'eq',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{if eq .n \"5\"}}five{{else if eq .n \"6\"}}six{{else}}other{{end}}" | keep x`,
    expect: ['{} = five'],
  },
  {
    rule: 'eq',
    data: 'formats',
    query: '{} | json | line_format "{{if eq .n 5}}five{{end}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:5: executing \"line\" at <eq .n 5>: error calling eq: incompatible types for comparison: string and int"} #1`,
    ],
  },
  {
    rule: 'gt, lt, int, ge',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{if gt .n \"4\"}}g{{end}}{{if lt (int .n) 10}}l{{end}}{{if ge 2 2}}ge{{end}}{{if ne 1 2 }}ne{{end}}" | keep x`,
    expect: ['{} = glgene'],
  },
  {
    rule: 'eq',
    data: 'formats',
    query: '{} | json | line_format "{{if eq 1 1.0}}x{{end}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:5: executing \"line\" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64"} #1`,
    ],
  },
  {
    rule: 'eq, not, and, or',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{eq 1 2 3 1}} {{eq \"a\" \"b\" \"a\"}} {{not .e}} {{and .a .n}} {{or .e .n}} {{len .a}} {{index .a 1}} {{slice .a 1 3}} {{print .a 1 2 .n}} {{println \"x\"}}x{{html \"<a&'>\"}} {{js \"it's <x>\"}} {{urlquery \"a b&c\"}}" | keep x`,
    expect: [
      "{} = true true true 5 5 11 101 el hello World1 25 x\nx&lt;a&amp;&#39;&gt; it\\'s \\u003Cx\\u003E a+b%26c",
    ],
  },
  {
    rule: 'printf',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{printf \"%s|%q|%v|%d|%5d|%-5d|%05d|%x|%X|%o|%b|%c|%U|%t|%f|%.2f|%e|%g|%8.3f|%%|%10s|%-10s|%.2s|%T\" .a .a .a 42 42 42 42 255 255 8 5 65 65 true 3.14159 3.14159 3.14159 3.14159 3.14159 .a .a .a .a}}" | keep x`,
    expect: [
      '{} = hello World|"hello World"|hello World|42|   42|42   |00042|ff|FF|10|101|A|U+0041|true|3.141590|3.14|3.141590e+00|3.14159|   3.142|%|hello World|hello World|he|string',
    ],
  },
  {
    rule: 'printf',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{printf \"%d\" .n}} {{printf \"%s\" 5}} {{printf \"%d %d\" 1}} {{printf \"x\" 1}} {{printf \"%!\"}} {{printf \"%z\" 1}}" | keep x`,
    expect: ['{} = %!d(string=5) %!s(int=5) 1 %!d(MISSING) x%!(EXTRA int=1) %!!(MISSING) %!z(int=1)'],
  },
  {
    rule: 'printf',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{printf \"%-40.40s\" .a}}| {{printf \"%*d\" 5 42}} {{printf \"%[2]d %[1]d\" 1 2}} {{printf \"%+d % d %#x %#o %+q\" 5 5 255 8 \"é\"}} {{printf \"%v %v %v\" 1.0 2.5 1e21}} {{printf \"%6.2f%%\" 12.345}} {{printf \"%s\" nil}}" | keep x`,
    expect: [
      String.raw`{} = hello World                             |    42 2 1 +5  5 0xff 010 "\u00e9" 1 2.5 1e+21  12.35% %!s(<nil>)`,
    ],
  },
  {
    rule: 'printf, fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{printf \"%v\" (fromJson .j)}} {{printf \"%+v %#v\" (fromJson .j) .a}} {{printf \"%x %X % x\" .a .a \"abc\"}} {{printf \"%t\" \"x\"}} {{printf \"%v\" true}}" | keep x`,
    expect: [
      '{} = [map[n:55 o:map[b:[1 <nil> true] z:1] q:x] map[q:y]] [map[n:55 o:map[b:[1 <nil> true] z:1] q:x] map[q:y]] "hello World" 68656c6c6f20576f726c64 68656C6C6F20576F726C64 61 62 63 %!t(string=x) true',
    ],
  },
  {
    rule: 'alignLeft, alignRight',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{alignLeft 5 \"hello world\"}}|{{alignLeft 5 \"hi\"}}|{{alignRight 5 \"hello world\"}}|{{alignRight 5 \"hi\"}}|{{alignLeft -1 \"hi\"}}" | keep x`,
    expect: ['{} = hello|hi   |world|   hi|hi'],
  },
  {
    rule: 'bytes',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{bytes .by}} {{bytes \"5 MiB\"}} {{bytes \"x\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:34: executing \"line\" at <bytes \"x\">: error calling bytes: strconv.ParseFloat: parsing \"\": invalid syntax"} #1`,
    ],
  },
  {
    rule: 'duration, duration_seconds',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{duration .dur}} {{duration_seconds \"1.5s\"}} {{duration \"x\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:48: executing \"line\" at <duration \"x\">: error calling duration: time: invalid duration \"x\""} #1`,
    ],
  },
  {
    rule: 'default',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{.e | default \"-\"}} {{default \"-\" \"foo\"}} {{default 0 .e}} {{default \"z\" 0}}" | keep x`,
    expect: ['{} = - foo 0 z'],
  },
  {
    rule: 'lower, upper, title, ToLower',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{lower \"HELLO\"}} {{upper \"hello é\"}} {{title \"hello world foo-bar o'neil\"}} {{ToLower \"A\"}} {{ToUpper \"a\"}}" | keep x`,
    expect: ["{} = hello HELLO É Hello World Foo-Bar O'Neil a A"],
  },
  {
    rule: 'indent, nindent, repeat',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{indent 4 \"a\\nb\"}} {{nindent 2 \"a\\nb\"}} {{repeat 3 \"hello\"}} {{repeat -1 \"x\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:64: executing \"line\" at <repeat -1 \"x\">: error calling repeat: strings: negative Repeat count"} #1`,
    ],
  },
  {
    rule: 'replace, Replace',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{replace \"l\" \"L\" .a}} {{Replace .a \"l\" \"L\" 1}} {{Replace .a \"l\" \"L\" -1}}" | keep x`,
    expect: ['{} = heLLo WorLd heLlo World heLLo WorLd'],
  },
  {
    rule: 'substr',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{substr 2 5 .a}} {{substr -1 5 .a}} {{substr 3 -1 .a}} {{substr 3 100 .a}} {{substr 6 11 \"hello world\"}} {{substr 5 2 .a}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:108: executing \"line\" at <substr 5 2 .a>: error calling substr: runtime error: slice bounds out of range [5:2]"} #1`,
    ],
  },
  {
    rule: 'trim, trimAll, trimPrefix, trimSuffix',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{trim \"   hello    \"}}| {{trimAll \"$\" \"$5.00\"}} {{trimPrefix \"-\" \"-hello\"}} {{trimSuffix \"-\" \"hello-\"}} {{Trim \"$x$\" \"$\"}} {{TrimLeft \"$x$\" \"$\"}} {{TrimRight \"$x$\" \"$\"}} {{TrimPrefix \"-hello\" \"-\"}} {{TrimSuffix \"hello-\" \"-\"}} {{TrimSpace \" x \"}}" | keep x`,
    expect: ['{} = hello| 5.00 hello hello x x$ $x hello hello x'],
  },
  {
    rule: 'trunc',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{trunc 5 \"hello world\"}} {{trunc -5 \"hello world\"}} {{trunc 50 \"abc\"}} {{trunc 1 \"éa\"}}" | keep x`,
    expect: ['{} = hello world abc �'],
  },
  {
    rule: 'urlencode, urldecode',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{urlencode .url}} {{urldecode \"a%20b+c\"}} {{urldecode \"%zz\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:45: executing \"line\" at <urldecode \"%zz\">: error calling urldecode: invalid URL escape \"%zz\""} #1`,
    ],
  },
  {
    rule: 'contains, hasPrefix, hasSuffix',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{contains \"ell\" .a}} {{hasPrefix \"he\" .a}} {{hasSuffix \"ld\" .a}}" | keep x`,
    expect: ['{} = true true true'],
  },
  {
    rule: 'count',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{count \"a|b\" \"abab\"}} {{count \"o\" .a}} {{count \"(\" .a}}" | keep x`,
    expect: [
      '{__error__="TemplateFormatErr", __error_details__="template: line:1:42: executing \\"line\\" at <count \\"(\\" .a>: error calling count: error parsing regexp: missing closing ): `(`"} #1',
    ],
  },
  {
    rule: 'regexReplaceAll, regexReplaceAllLiteral',
    data: 'formats',
    query: `{} | json | line_format "{{regexReplaceAll \\"(h)(e)\\" .a \\"\${2}$1-$0\\"}} {{regexReplaceAllLiteral \\"(h)\\" .a \\"$1\\"}} {{regexReplaceAll \\"(\\" .a \\"x\\"}} " | keep x`,
    expect: [
      '{__error__="TemplateFormatErr", __error_details__="template: line:1:87: executing \\"line\\" at <regexReplaceAll \\"(\\" .a \\"x\\">: error calling regexReplaceAll: error parsing regexp: missing closing ): `(`"} #1',
    ],
  },
  {
    rule: 'date, toDate',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{date \"2006-01-02T15:04:05.000Z07:00\" (toDate \"2006-01-02T15:04:05.999Z\" .ts)}}" | keep x`,
    expect: ['{} = 2021-11-02T10:11:12.500Z'],
  },
  {
    rule: 'toDate',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{toDate \"2006-01-02\" \"2021-11-02\"}}" | keep x`,
    expect: ['{} = 2021-11-02 00:00:00 +0000 UTC'],
  },
  {
    rule: 'toDate',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{toDate \"2006-01-02\" \"bad\"}}" | keep x`,
    expect: ['{} = 0001-01-01 00:00:00 +0000 UTC'],
  },
  {
    rule: 'toDateInZone',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{toDateInZone \"2006-01-02 15:04\" \"America/New_York\" \"2021-11-02 13:00\"}}" | keep x`,
    expect: ['{} = 2021-11-02 13:00:00 -0400 EDT'],
  },
  {
    rule: 'toDateInZone',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{toDateInZone \"2006-01-02 15:04\" \"Nowhere/Bad\" \"2021-11-02 13:00\"}}" | keep x`,
    expect: ['{} = 2021-11-02 13:00:00 +0000 UTC'],
  },
  {
    rule: 'toDateInZone, unixEpoch, unixEpochMillis, unixEpochNanos',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{toDateInZone \"2006-01-02\" \"UTC\" \"2021-11-02\" | unixEpoch}} {{toDateInZone \"2006-01-02\" \"UTC\" \"2021-11-02\" | unixEpochMillis}} {{toDateInZone \"2006-01-02\" \"UTC\" \"2021-11-02\" | unixEpochNanos}}" | keep x`,
    expect: ['{} = 1635811200 1635811200000 1635811200000000000'],
  },
  {
    rule: 'unixToTime',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{unixToTime \"19445\"}} {{unixToTime \"1679577215123\"}} {{unixToTime \"1679577215123456\"}} {{unixToTime \"1679577215123456789\"}} " | keep x`,
    expect: [
      '{} = 2023-03-29 00:00:00 +0000 UTC 2023-03-23 13:13:35.123 +0000 UTC 2023-03-23 13:13:35.123456 +0000 UTC 2023-03-23 13:13:35.123456789 +0000 UTC ',
    ],
  },
  {
    rule: 'unixToTime',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{unixToTime \"x\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <unixToTime \"x\">: error calling unixToTime: unable to parse time 'x': strconv.ParseInt: parsing \"x\": invalid syntax"} #1`,
    ],
  },
  {
    rule: 'unixToTime',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{unixToTime \"123456789012\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <unixToTime \"123456789012\">: error calling unixToTime: unable to parse time '123456789012': %!w(<nil>)"} #1`,
    ],
  },
  {
    rule: 'toDate, MST, PST',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{toDate \"Mon Jan _2 15:04:05 MST 2006\" \"Tue Nov  2 10:11:12 UTC 2021\"}} {{toDate \"Jan 2, 2006 at 3:04pm (MST)\" \"Feb 3, 2013 at 7:54pm (PST)\"}}" | keep x`,
    expect: ['{} = 2021-11-02 10:11:12 +0000 UTC 2013-02-03 19:54:00 +0000 PST'],
  },
  {
    rule: 'toDate',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{(toDate \"2006-01-02\" \"2021-11-02\").Year}} {{(toDate \"2006-01-02\" \"2021-11-02\").Unix}} {{(toDate \"2006-01-02\" \"2021-11-02\").Weekday}}" | keep x`,
    expect: ['{} = 2021 1635811200 Tuesday'],
  },
  {
    rule: 'date, toDateInZone',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{date \"Monday Mon January Jan 1 01 2 02 _2 002 15 3 03 4 04 5 05 06 2006 PM pm MST Z0700 Z07:00 Z07 -0700 -07:00 -07 .000 .999 ,000\" (toDateInZone \"2006-01-02 15:04:05.999\" \"Europe/Moscow\" \"2021-03-04 09:08:07.12\")}}" | keep x`,
    expect: [
      '{} = Thursday Thu March Mar 3 03 4 04  4 063 06 6 06 8 08 7 07 21 2021 AM am UTC Z Z Z +0000 +00:00 +00 .120 .12 ,120',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ $x := .a }}{{ $x }}{{ $x = \"n\" }}{{$x}}{{ $ }}" | keep x`,
    expect: [
      '{} = hello Worldnmap[a:hello World by:5 MB dur:1h30m e: ep:1679577215 f:3.75 fixture:formats j:[{"q":"x","n":55,"o":{"z":1,"b":[1,null,true]}},{"q":"y"}] n:5 neg:-7 service_name:cases ts:2021-11-02T10:11:12.5Z url:a b/c?d=é&f+]',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{/* comment */}}a{{- /* c */ -}} b" | keep x',
    expect: ['{} = ab'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "a {{- .n -}} b" | keep x',
    expect: ['{} = a5b'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "a {{-3}} {{- 3 }} {{1 -}} x" | keep x',
    expect: ['{} = a -33 1x'],
  },
  {
    rule: 'define, template',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{define \"x\"}}hi{{end}}{{template \"x\"}}" | keep x`,
    expect: ['{} = hi'],
  },
  {
    rule: 'block',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{block \"b\" .}}B{{.n}}{{end}}" | keep x`,
    expect: ['{} = B5'],
  },
  {
    rule: 'break',
    data: 'formats',
    query: '{} | json | line_format "{{break}}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{break}}"\' : invalid line template: template: line:1: {{break}} outside {{range}}',
    ],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: '{} | json | line_format "{{range fromJson .j}}{{.q}}{{break}}{{end}}" | keep x',
    expect: ['{} = x'],
  },
  {
    rule: 'fromJson, eq',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{range fromJson .j}}{{if eq .q \"x\"}}{{continue}}{{end}}{{.q}}{{end}}" | keep x`,
    expect: ['{} = y'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{range fromJson \"[]\"}}a{{else}}empty{{end}}" | keep x`,
    expect: ['{} = empty'],
  },
  {
    rule: 'range',
    data: 'formats',
    query: '{} | json | line_format "{{range 3}}x{{end}}" | keep x',
    expect: ['{} = xxx'],
  },
  {
    rule: 'range',
    data: 'formats',
    query: '{} | json | line_format "{{range $i := 3}}{{$i}}{{end}}" | keep x',
    expect: ['{} = 012'],
  },
  {
    rule: 'range',
    data: 'formats',
    query: '{} | json | line_format "{{range .a}}x{{end}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:8: executing \"line\" at <.a>: range can't iterate over hello World"} #1`,
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{true}} {{\'a\'}} {{1_000}} {{0x1F}} {{1e3}}" | keep x',
    expect: ['{} = true 97 1000 31 1000'],
  },
  {
    rule: 'call',
    data: 'formats',
    query: '{} | json | line_format "{{call .a}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <call .a>: error calling call: non-function .a of type string"} #1`,
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{.a.b}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:4: executing \"line\" at <.a.b>: can't evaluate field b in type string"} #1`,
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{$y}}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{$y}}"\' : invalid line template: template: line:1: undefined variable "$y"',
    ],
  },
  {
    rule: 'if',
    data: 'formats',
    query: '{} | json | line_format "{{if}}x{{end}}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{if}}x{{end}}"\' : invalid line template: template: line:1: missing value for if',
    ],
  },
  {
    rule: 'if',
    data: 'formats',
    query: '{} | json | line_format "{{if .a}}x" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{if .a}}x"\' : invalid line template: template: line:1: unexpected EOF',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{end}}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{end}}"\' : invalid line template: template: line:1: unexpected {{end}}',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ .a }} }}" | keep x',
    expect: ['{} = hello World }}'],
  },
  {
    rule: 'with',
    data: 'formats',
    query: '{} | json | line_format "{{with $v := .a}}{{$v}}{{.}}{{end}}" | keep x',
    expect: ['{} = hello Worldhello World'],
  },
  {
    rule: 'if',
    data: 'formats',
    query: '{} | json | line_format "{{if $v := .n}}{{$v}}{{end}}" | keep x',
    expect: ['{} = 5'],
  },
  {
    rule: 'with',
    data: 'formats',
    query: '{} | json | line_format "{{with .e}}1{{else with .n}}{{.}}{{else}}3{{end}}" | keep x',
    expect: ['{} = 5'],
  },
  {
    rule: 'index, fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{(index (fromJson .j) 0).o.z}} {{index (fromJson .j) 0 \"o\" \"b\" 2}} {{index (fromJson .j) 5}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:70: executing \"line\" at <index (fromJson .j) 5>: error calling index: index out of range: 5"} #1`,
    ],
  },
  {
    rule: 'len, fromJson',
    data: 'formats',
    query: '{} | json | line_format "{{len (fromJson .j)}} {{len 5}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:24: executing \"line\" at <len 5>: error calling len: len of type int"} #1`,
    ],
  },
  {
    rule: 'slice',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{slice \"abcdef\" 2}} {{slice \"abcdef\" 2 10}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:23: executing \"line\" at <slice \"abcdef\" 2 10>: error calling slice: index out of range: 10"} #1`,
    ],
  },
  {
    rule: 'index, len',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{index . \"a\"}} {{len .}}" | keep x`,
    expect: ['{} = hello World 13'],
  },
  {
    rule: 'trunc',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{trunc .n \"abc\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:8: executing \"line\" at <.n>: wrong type for value; expected int; got string"} #1`,
    ],
  },
  {
    rule: 'trunc, int',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{trunc (int .n) \"abcdefgh\"}}" | keep x`,
    expect: ['{} = abcde'],
  },
  {
    rule: 'trunc',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{trunc 2.5 \"abc\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:8: executing \"line\" at <2.5>: expected integer; found 2.5"} #1`,
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: '{} | json | line_format "{{upper 5}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:8: executing \"line\" at <5>: expected string; found 5"} #1`,
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: '{} | json | line_format "{{upper}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <upper>: wrong number of args for upper: want 1 got 0"} #1`,
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{upper \"a\" \"b\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <upper>: wrong number of args for upper: want 1 got 2"} #1`,
    ],
  },
  {
    rule: 'trunc',
    data: 'formats',
    query: '{} | json | line_format "{{trunc 1}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <trunc>: wrong number of args for trunc: want 2 got 1"} #1`,
    ],
  },
  {
    rule: 'add, max',
    data: 'formats',
    query: '{} | json | line_format "{{add}} {{max}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:10: executing \"line\" at <max>: wrong number of args for max: want at least 1 got 0"} #1`,
    ],
  },
  {
    rule: 'upper, lower, trunc',
    data: 'formats',
    query: '{} | json | line_format "{{.a | upper | lower | trunc 3}}" | keep x',
    expect: ['{} = hel'],
  },
  {
    rule: 'float64, int, addf, ceil',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ \"3.5\" | float64 }} {{\"3\" | int}} {{ float64 5 }} {{ int .f }} {{addf 1 2}} {{ceil 2}} {{mulf 2 3}}" | keep x`,
    expect: ['{} = 3.5 3 5 3 3 2 6'],
  },
  {
    rule: 'lt',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{lt \"a\" 1}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <lt \"a\" 1>: error calling lt: incompatible types for comparison: string and int"} #1`,
    ],
  },
  {
    rule: 'lt',
    data: 'formats',
    query: '{} | json | line_format "{{lt true false}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <lt true false>: error calling lt: invalid type for comparison"} #1`,
    ],
  },
  {
    rule: 'eq',
    data: 'formats',
    query: '{} | json | line_format "{{eq .e nil}}" | keep x',
    expect: ['{} = false'],
  },
  {
    rule: 'eq, index, fromJson',
    data: 'formats',
    query: '{} | json | line_format "{{eq (index (fromJson .j) 0) 1}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <eq (index (fromJson .j) 0) 1>: error calling eq: incompatible types for comparison: map[string]interface {} and int"} #1`,
    ],
  },
  {
    rule: 'le, lt',
    data: 'formats',
    query: '{} | json | line_format "{{le 1.5 2.5}} {{lt 1 2.5}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:17: executing \"line\" at <lt 1 2.5>: error calling lt: incompatible types for comparison: int and float64"} #1`,
    ],
  },
  {
    rule: 'unixEpoch',
    data: 'formats',
    query: '{} | json | line_format "{{unixEpoch .ep}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:12: executing \"line\" at <.ep>: wrong type for value; expected time.Time; got string"} #1`,
    ],
  },
  {
    rule: 'print, len, println',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{print .j | len}} {{println}} {{print 1 2 \"a\" \"b\" 3}}" | keep x`,
    expect: ['{} = 58 \n 1 2ab3'],
  },
  {
    rule: 'regexReplaceAll',
    data: 'formats',
    query: `{} | json | line_format "{{regexReplaceAll \\"l+\\" .a \\"<$0>\\"}} {{regexReplaceAll \\"(?P<x>l+)\\" .a \\"<\${x}>\\"}} {{regexReplaceAll \\"l\\" .a \\"$1x\\"}}" | keep x`,
    expect: ['{} = he<ll>o Wor<l>d he<ll>o Wor<l>d heo Word'],
  },
  {
    rule: 'and, or, not',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{and 1 0 2}} {{or 0 \"\" \"x\"}} {{not 0}} {{not 1.5}} {{and}} " | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:54: executing \"line\" at <and>: wrong number of args for and: want at least 1 got 0"} #1`,
    ],
  },
  {
    rule: 'sub',
    data: 'formats',
    query: '{} | json | line_format "{{sub 5 2 1}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <sub>: wrong number of args for sub: want 2 got 3"} #1`,
    ],
  },
  {
    rule: 'round, floor',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{round \"3.456\" 2}} {{round 2.5 0}} {{round -2.5 0}} {{round 3.14159 3 0.1}} {{floor \"x\"}} {{round 1e20 2}}" | keep x`,
    expect: ['{} = 3.46 3 -3 3.142 0 1e+20'],
  },
  {
    rule: 'max',
    data: 'formats',
    query: '{} | json | line_format "{{max}} " | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:2: executing \"line\" at <max>: wrong number of args for max: want at least 1 got 0"} #1`,
    ],
  },
  {
    rule: 'min, max, maxf',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{min 1}} {{max \"5\" \"12\"}} {{maxf \"a\" 2}} {{min 1.9 3}}" | keep x`,
    expect: ['{} = 1 12 2 1'],
  },
  {
    rule: 'max, add, mul, div',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{max 1 \"x\"}} {{add 9223372036854775807 1}} {{mul 99999999999 99999999999}} {{div -7 2}} {{mod -7 2}} {{div 7.9 2}} {{add 1.9 1}} {{add \"1.9\" 1}} {{add true 1}}" | keep x`,
    expect: ['{} = 1 -9223372036854775808 1864711849423024129 -3 -1 3 2 2 2'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{99999999999999999999}}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{99999999999999999999}}"\' : invalid line template: template: line:1: integer overflow: "99999999999999999999"',
    ],
  },
  {
    rule: 'float64, int, divf',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{float64 \"1e400\"}} {{int \"99999999999999999999\"}} {{divf 1 0}} {{divf 0 0}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:53: executing \"line\" at <divf 1 0>: error calling divf: decimal division by 0"} #1`,
    ],
  },
  {
    rule: 'bytes, duration',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{bytes \"1.5KiB\"}} {{bytes \"10\"}} {{duration \"-1.5h\"}} {{duration \"500ms\"}} {{duration \"1h0.5s\"}} {{duration \"1ns\"}}" | keep x`,
    expect: ['{} = 1536 10 -5400 0.5 3600.5 1e-09'],
  },
  {
    rule: 'b64enc, trimAll, indent, substr',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{b64enc \"\"}} {{trimAll \"\" \"x\"}} {{indent 0 \"a\"}} {{substr 0 0 \"abc\"}} {{count \"\" \"abc\"}} {{replace \"\" \"-\" \"abc\"}} {{Replace \"abc\" \"\" \"-\" 2}}" | keep x`,
    expect: ['{} =  x a  4 -a-b-c- -a-bc'],
  },
  {
    rule: 'urlquery, html, js',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{urlquery .url}} {{html .url}} {{js \"\\\"\\n<é>\"}}" | keep x`,
    expect: [String.raw`{} = a+b%2Fc%3Fd%3D%C3%A9%26f%2B a b/c?d=é&amp;f+ \"\u000A\u003Cé\u003E`],
  },
  {
    rule: '__line__, lower, trunc',
    data: 'formats',
    query: '{} | json | line_format "{{__line__}}{{__line__ | lower | trunc 4}}" | keep x',
    expect: [
      String.raw`{} = {"a":"hello World","n":"5","f":"3.75","neg":"-7","dur":"1h30m","by":"5 MB","j":"[{\"q\":\"x\",\"n\":55,\"o\":{\"z\":1,\"b\":[1,null,true]}},{\"q\":\"y\"}]","e":"","ts":"2021-11-02T10:11:12.5Z","ep":"1679577215","url":"a b/c?d=é&f+"}{"a"`,
    ],
  },
  {
    rule: 'default, fromJson, add',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{default \"x\" .missing}} {{default \"x\" (fromJson \"[]\")}} {{default \"x\" (fromJson \"[1]\")}}  {{default \"x\" false}} {{default 1 .e | add 1}}" | keep x`,
    expect: ['{} = x x [1]  x 2'],
  },
  {
    rule: 'addf, mulf, divf',
    data: 'formats',
    query:
      '{} | json | line_format "{{addf 1000000 234567.5}} {{mulf 3 1000000}} {{mulf 3 100000}} {{mulf 1 0.0001}} {{mulf 1 0.00001}} {{mulf 1 20.5}} {{divf 2 3}} {{divf 1000000 3}}" | keep x',
    expect: ['{} = 1.2345675e+06 3e+06 300000 0.0001 1e-05 20.5 0.6666666666666667 333333.3333333333'],
  },
  {
    rule: 'printf',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{printf \"%v %g %.3g %.0f %.0f %.1f\" 1234567.0 1234567.0 1234567.0 2.5 0.5 0.25}}" | keep x`,
    expect: ['{} = 1.234567e+06 1.234567e+06 1.23e+06 2 0 0.2'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{range fromJson \"[1000000, 21, 1.5]\"}}{{.}} {{end}}{{fromJson \"123456789\"}}" | keep x`,
    expect: ['{} = 1e+06 21 1.5 1.23456789e+08'],
  },
  {
    rule: 'and, upper, int, add',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{if and .a .missing}}x{{else}}y{{end}} {{and .a .n | upper}} {{.n | int | add 3 | printf \"%03d\"}}" | keep x`,
    expect: ['{} = y 5 008'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{range $i, $x := fromJson \"{\\\"b\\\":1,\\\"a\\\":2}\"}}{{$i}}{{$x}}{{end}}" | keep x`,
    expect: ['{} = a2b1'],
  },
  {
    rule: 'template',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{template \"nope\"}}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:11: executing \"line\" at <{{template \"nope\"}}>: template \"nope\" not defined"} #1`,
    ],
  },
  {
    rule: 'define',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{define \"a\"}}x{{end}}" | keep x`,
    expect: ['{} = '],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{- /* a */ -}}   x   {{- \"y\" -}}   " | keep x`,
    expect: ['{} = xy'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ \"a\" }}{{ 5.0 }}{{ 5 }}{{ 1e3 }} {{ -5 }} {{ +5 }} {{ .5 }}" | keep x`,
    expect: ['{} = a551000 -5 5 0.5'],
  },
  {
    rule: 'add',
    data: 'formats',
    query:
      '{} | json | line_format "{{ $a := 1 }}{{ $b := 2 }}{{ add $a $b }}{{ if true }}{{ $a = 5 }}{{ $c := 3 }}{{ end }}{{ $a }}" | keep x',
    expect: ['{} = 35'],
  },
  {
    rule: 'if',
    data: 'formats',
    query: '{} | json | line_format "{{ if true }}{{ $c := 3 }}{{ end }}{{ $c }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ if true }}{{ $c := 3 }}{{ end }}{{ $c }}"\' : invalid line template: template: line:1: undefined variable "$c"',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{.a.b.c}} {{.a|.b}}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:4: executing \"line\" at <.a.b.c>: can't evaluate field b in type string"} #1`,
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ .a \"x\" }}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <.a>: a is not a method but has arguments"} #1`,
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ \"x\" \"y\" }}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <\"x\">: can't give argument to non-function \"x\""} #1`,
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: '{} | json | line_format "{{ (.a) }} {{ ((.a)) | upper }}" | keep x',
    expect: ['{} = hello World HELLO WORLD'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ (.a).b }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:4: executing \"line\" at <.a>: can't evaluate field b in type string"} #1`,
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: '{} | json | line_format "{{ upper(.a) }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ upper(.a) }}"\' : invalid line template: template: line:1: unexpected "(" in operand',
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: '{} | json | line_format "{{ upper (.a) (.n) }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <upper>: wrong number of args for upper: want 1 got 2"} #1`,
    ],
  },
  {
    rule: 'index, fromJson',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ index (fromJson .j) \"x\" }}" | keep x`,
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <index (fromJson .j) \"x\">: error calling index: cannot index slice/array with type string"} #1`,
    ],
  },
  {
    rule: 'index',
    data: 'formats',
    query: '{} | json | line_format "{{ index .a 100 }} " | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <index .a 100>: error calling index: index out of range: 100"} #1`,
    ],
  },
  {
    rule: 'printf, int64',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ printf \"%d\" (int64 5) }}" | keep x`,
    expect: [
      String.raw`! parse error : stage '| line_format "{{ printf \"%d\" (int64 5) }}"' : invalid line template: template: line:1: function "int64" not defined`,
    ],
  },
  {
    rule: 'trimPrefix',
    data: 'formats',
    query: '{} | json | line_format "{{ trimPrefix .n 5 }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:17: executing \"line\" at <5>: expected string; found 5"} #1`,
    ],
  },
  {
    rule: 'default',
    data: 'formats',
    query: '{} | json | line_format "{{ default }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <default>: wrong number of args for default: want at least 1 got 0"} #1`,
    ],
  },
  {
    rule: 'round',
    data: 'formats',
    query: '{} | json | line_format "{{ round 1.005 2 }} {{ round 1234.5678 -2 }} {{ round 5 }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:48: executing \"line\" at <round>: wrong number of args for round: want at least 2 got 1"} #1`,
    ],
  },
  {
    rule: 'regexReplaceAll',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ regexReplaceAll .missing .a \"x\" }}" | keep x`,
    expect: ['{} = xhxexlxlxox xWxoxrxlxdx'],
  },
  {
    rule: 'fromJson',
    data: 'formats',
    query: '{} | json | line_format "{{ $.a }} {{ range fromJson .j }}{{ $.n }}{{ end }}" | keep x',
    expect: ['{} = hello World 55'],
  },
  {
    rule: 'fromJson, index',
    data: 'formats',
    query: '{} | json | line_format "{{ with fromJson .j }}{{ (index . 0).q }}{{ end }}" | keep x',
    expect: ['{} = x'],
  },
  {
    rule: 'not, eq',
    data: 'formats',
    query: '{} | json | line_format "{{ not nil }} {{ eq nil nil }}" | keep x',
    expect: ['{} = true true'],
  },
  {
    rule: 'if',
    data: 'formats',
    query: '{} | json | line_format "{{ if .a }} a {{ else if }} b {{ end }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ if .a }} a {{ else if }} b {{ end }}"\' : invalid line template: template: line:1: missing value for if',
    ],
  },
  {
    rule: 'if',
    data: 'formats',
    query: '{} | json | line_format "{{ if .a }}{{ else }}{{ else }}{{ end }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ if .a }}{{ else }}{{ else }}{{ end }}"\' : invalid line template: template: line:1: expected end; found {{else}}',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ .a | }}" | keep x',
    expect: ['{} = hello World'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ | .a }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ | .a }}"\' : invalid line template: template: line:1: unexpected "|" in command',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ .a ) }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ .a ) }}"\' : invalid line template: template: line:1: unexpected right paren',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ (.a }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ (.a }}"\' : invalid line template: template: line:1: unclosed left paren',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ @ }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ @ }}"\' : invalid line template: template: line:1: unexpected "@" in command',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ \"\\q\" }}" | keep x`,
    expect: [
      String.raw`! parse error : stage '| line_format "{{ \"\\q\" }}"' : invalid line template: template: line:1: invalid syntax`,
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ \'ab\' }}" | keep x',
    expect: [
      "! parse error : stage '| line_format \"{{ 'ab' }}\"' : invalid line template: template: line:1: malformed character constant: 'ab'",
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ 08 }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ 08 }}"\' : invalid line template: template: line:1: integer overflow: "08"',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ .5.5 }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ .5.5 }}"\' : invalid line template: template: line:1: unexpected ".5" in operand',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ $x, $y := 1 }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ $x, $y := 1 }}"\' : invalid line template: template: line:1: too many declarations in command',
    ],
  },
  {
    rule: 'range',
    data: 'formats',
    query: '{} | json | line_format "{{ range $x, $y, $z := fromJson .j }}{{ end }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ range $x, $y, $z := fromJson .j }}{{ end }}"\' : invalid line template: template: line:1: too many declarations in range',
    ],
  },
  {
    rule: 'break, continue',
    data: 'formats',
    query: '{} | json | line_format "{{ break }}{{ continue }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ break }}{{ continue }}"\' : invalid line template: template: line:1: {{break}} outside {{range}}',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ else }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ else }}"\' : invalid line template: template: line:1: unexpected {{else}}',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ end }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ end }}"\' : invalid line template: template: line:1: unexpected {{end}}',
    ],
  },
  {
    rule: 'define',
    data: 'formats',
    query: '{} | json | line_format "{{ define x }}{{ end }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ define x }}{{ end }}"\' : invalid line template: template: line:1: unexpected "x" in define clause',
    ],
  },
  {
    rule: 'with',
    data: 'formats',
    query: '{} | json | line_format "{{ with }}{{end}}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ with }}{{end}}"\' : invalid line template: template: line:1: missing value for with',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{}}" | keep x',
    expect: ['! parse error at line 1, col 54: syntax error: unexpected IDENTIFIER'],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ }}"\' : invalid line template: template: line:1: missing value for command',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{/* x }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{/* x }}"\' : invalid line template: template: line:1: unclosed comment',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{/* x */ y}}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{/* x */ y}}"\' : invalid line template: template: line:1: comment ends before closing delimiter',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ .a.5 }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ .a.5 }}"\' : invalid line template: template: line:1: unexpected ".5" in operand',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ . a }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ . a }}"\' : invalid line template: template: line:1: function "a" not defined',
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ .a . }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <.a>: a is not a method but has arguments"} #1`,
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: '{} | json | line_format "{{ nil | upper }} " | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <nil>: nil is not a command"} #1`,
    ],
  },
  {
    rule: 'upper',
    data: 'formats',
    query: '{} | json | line_format "{{ 5 | upper }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:7: executing \"line\" at <upper>: wrong type for value; expected string; got int"} #1`,
    ],
  },
  {
    rule: 'upper, lower',
    data: 'formats',
    query: '{} | json | line_format "{{ upper | lower }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <upper>: wrong number of args for upper: want 1 got 0"} #1`,
    ],
  },
  {
    rule: 'syntax',
    data: 'formats',
    query: '{} | json | line_format "{{ true | 5 }}" | keep x',
    expect: [
      '! parse error : stage \'| line_format "{{ true | 5 }}"\' : invalid line template: template: line:1: non executable command in pipeline stage 2',
    ],
  },
  {
    rule: 'html, len, js, urlquery',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ html \"<a>\" | len }} {{ js \"a=b\" }} {{ urlquery \"é\" 5 }} {{ print }} {{ println 1 \"a\" 2.5 }}" | keep x`,
    expect: ['{} = 9 a\\u003Db %C3%A95  1 a 2.5\n'],
  },
  {
    rule: 'slice',
    data: 'formats',
    query: '{} | json | line_format "{{ slice .a 1 2 3 }} {{ slice .a 5 3 }}" | keep x',
    expect: [
      String.raw`{__error__="TemplateFormatErr", __error_details__="template: line:1:3: executing \"line\" at <slice .a 1 2 3>: error calling slice: cannot 3-index slice a string"} #1`,
    ],
  },
  {
    rule: 'date, unixToTime',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ date \"Jan _2 06 3:4:5\" 1679577215 }} {{ date \"\" 0 }} {{ date \"2006-01-02T15:04:05.999999999Z07:00\" (unixToTime \"1679577215123456789\")}}" | keep x`,
    expect: ['{} = Mar 23 23 1:13:35  2023-03-23T13:13:35.123456789Z'],
  },
  {
    rule: 'toDate, unixEpochMillis',
    data: 'formats',
    query: String.raw`{} | json | line_format "{{ toDate \"02/Jan/2006:15:04:05 -0700\" \"10/Oct/2000:13:55:36 -0700\" }} {{ toDate \"2006-01-02 15:04:05,000\" \"2021-11-02 10:11:12,345\" | unixEpochMillis }} {{ toDate \"3:04PM\" \"4:05AM\" }} {{ toDate \"2006-01-02\" \"2021-02-30\" }} {{ toDate \"2006-01-02T15:04:05Z07:00\" \"2021-11-02T10:11:12.123+02:00\" }}" | keep x`,
    expect: [
      '{} = 2000-10-10 13:55:36 -0700 -0700 1635847872345 0000-01-01 04:05:00 +0000 UTC 0001-01-01 00:00:00 +0000 UTC 2021-11-02 10:11:12.123 +0200 +0200',
    ],
  },
  {
    rule: 'a template that ends in a dot',
    data: 'plain',
    query: '{} | line_format "{{ ."',
    expect: [
      '! parse error : stage \'| line_format "{{ ."\' : invalid line template: template: line:1: illegal number syntax: "."',
    ],
  },
];
