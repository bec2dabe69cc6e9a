export { decodeSyslog } from './decode.ts';
export { listenSyslogStream } from './stream_server.ts';
export { listenSyslogUdp } from './udp.ts';
