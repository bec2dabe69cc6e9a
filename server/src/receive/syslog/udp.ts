import { type DatagramOptions, type DatagramServer, listenDatagrams } from '../datagrams/index.ts';

/** Syslog over UDP (RFC 5426), one message a datagram. Rejects when the address cannot be had. */
export function listenSyslogUdp(options: Omit<DatagramOptions, 'door'>): Promise<DatagramServer> {
  return listenDatagrams({ ...options, door: 'syslog' });
}
