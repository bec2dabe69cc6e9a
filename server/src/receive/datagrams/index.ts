export { eachMessage, type RawMessage, writeBatch } from './batch.ts';
export { type DatagramOptions, type DatagramServer, listenDatagrams } from './server.ts';
