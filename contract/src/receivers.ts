import * as v from 'valibot';

const labelValue = v.pipe(v.string(), v.maxLength(4_096));

/** The body of `POST /api/v2/receivers/test`: a marked notification is sent through one receiver of the configuration. */
export const receiverTestRequest = v.strictObject({
  receiver: v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)),
  /** One integration of it, as `slack[0]`; all of them when it is left out. */
  integration: v.optional(v.pipe(v.string(), v.maxLength(256))),
  /** Sends the message about the end instead of that about the beginning. */
  resolved: v.optional(v.boolean(), false),
  /** Labels of the alert besides those that mark it as a test. */
  labels: v.optional(v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(256)), labelValue), {}),
});
export type ReceiverTestRequest = v.InferOutput<typeof receiverTestRequest>;

/** What each integration's provider said. `accepted` at the top: every one that was asked took it, and there was one. */
export const receiverTestAnswer = v.object({
  receiver: v.string(),
  accepted: v.boolean(),
  integrations: v.array(
    v.object({
      /** `slack[0]`. */
      integration: v.string(),
      accepted: v.boolean(),
      /** The provider's status code; 0 where the transport has none or nothing came back. */
      status: v.number(),
      /** The provider's own id of what it took; may be empty. */
      providerId: v.string(),
      /** Why it was not taken, or what of it was not; may be empty. */
      error: v.string(),
      latencyMs: v.number(),
    }),
  ),
});
export type ReceiverTestAnswer = v.InferOutput<typeof receiverTestAnswer>;
