export { type Access, createAccess, type KeyRecord } from './access.ts';
