import type { LogCase } from '../log_case.ts';

/** Rules of ip: matching IP addresses. */
export const IP: readonly LogCase[] = [
  {
    rule: 'a single address in the line',
    data: 'ips',
    query: '{} |= ip("192.168.4.5")',
    expect: ['{} #1', '{} #9'],
  },
  {
    rule: 'a range',
    data: 'ips',
    query: '{} |= ip("192.168.4.5-192.168.4.20")',
    expect: ['{} #1', '{} #3', '{} #6', '{} #9'],
  },
  {
    rule: 'a CIDR block',
    data: 'ips',
    query: '{} |= ip("192.168.4.0/24")',
    expect: ['{} #1', '{} #2', '{} #3', '{} #6', '{} #9'],
  },
  {
    rule: 'an IPv6 address',
    data: 'ips',
    query: '{} |= ip("2001:db8::1")',
    expect: ['{} #4'],
  },
  {
    rule: 'an IPv6 range',
    data: 'ips',
    query: '{} |= ip("2001:db8::1-2001:db8::8")',
    expect: ['{} #4'],
  },
  {
    rule: 'an IPv6 block',
    data: 'ips',
    query: '{} |= ip("2001:db8::/32")',
    expect: ['{} #4'],
  },
  {
    rule: '!= drops lines with the address',
    data: 'ips',
    query: '{} != ip("192.168.4.0/24")',
    expect: ['{} #4', '{} #5', '{} #7', '{} #8'],
  },
  {
    rule: 'on a label',
    data: 'ips',
    query: '{} |= "addr" | logfmt | addr = ip("192.168.4.0/24") | keep addr',
    expect: ['{addr="192.168.4.7"} #6'],
  },
  {
    rule: '!= on a label',
    data: 'ips',
    query: '{} |= "addr" | logfmt | addr != ip("192.168.4.0/24") | keep addr',
    expect: ['{addr="10.9.9.9"} #7'],
  },
  {
    rule: 'on a label lines do not have',
    data: 'ips',
    query: '{} | logfmt | nosuch = ip("192.168.4.5")',
    expect: [],
  },
  {
    rule: 'a pattern that is none is refused',
    data: 'ips',
    query: '{} |= ip("999.1")',
    expect: ['! parse error : stage \'|= ip("999.1")\' : ip: invalid pattern: "999.1"'],
  },
  {
    rule: 'only = and != take addresses',
    data: 'ips',
    query: '{} |~ ip("192.168.4.5")',
    expect: ['! parse error : stage \'|~ ip("192.168.4.5")\' : ip: invalid operation'],
  },
  {
    rule: 'chained with another filter',
    data: 'ips',
    query: '{} |= ip("192.168.4.0/24") |= "user=1"',
    expect: ['{} #6'],
  },
  {
    rule: 'an IPv6 address in a line',
    data: 'nginx',
    query: '{} |= ip("::1")',
    expect: ['{} #5'],
  },
  {
    rule: 'addresses of a log of requests',
    data: 'nginx',
    query: '{} |= ip("13.76.247.100-13.76.247.110") | keep x',
    expect: ['{} #1'],
  },
  {
    rule: 'or of an address and a text',
    data: 'ips',
    query: '{} |= ip("10.9.9.9") or "no address"',
    expect: ['{} #7', '{} #8'],
  },
  {
    rule: 'or between label filters',
    data: 'ips',
    query: '{} |= "addr" | logfmt | addr = ip("10.9.9.9") or user="1" | keep user',
    expect: ['{user="1"} #6', '{user="2"} #7'],
  },
  {
    rule: 'or: an address beside a text',
    data: 'ips',
    query: '{} |= "no address" or ip("10.0.0.0/8")',
    expect: ['{} #3', '{} #7', '{} #8'],
    unlikeLoki: 'Loki takes the address for a text when it stands beside or',
  },
];
