import { hash } from 'node:crypto';

/** Shards of an index by day or month: one DynamoDB partition takes 1,000 writes a second. */
export const SHARDS = 8;

/** The shard of an application: the first 32 bits of the SHA-256 of its id, modulo SHARDS. */
export const shardOf = (applicationId: string): number =>
  Number.parseInt(hash('sha256', applicationId).slice(0, 8), 16) % SHARDS;
