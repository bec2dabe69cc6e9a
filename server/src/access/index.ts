export { type Access, createAccess, type KeyRecord, type Principal, type Role } from './access.ts';
