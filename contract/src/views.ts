import * as v from 'valibot';

const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100));
/** Screens that keep views. */
const viewScreen = v.picklist(['logs', 'traces']);
export type ViewScreen = v.InferOutput<typeof viewScreen>;

/** A view of a screen under a name: the parameters of its address, without the time. */
export const savedView = v.strictObject({
  screen: viewScreen,
  name,
  search: v.pipe(v.string(), v.maxLength(16_000)),
});
export type SavedView = v.InferOutput<typeof savedView>;

/** `GET /api/views?screen=<screen>`: the newest first. `PUT /api/views` with a view and `DELETE /api/views?screen=&name=` answer with the same. */
export const savedViewsAnswer = v.object({ views: v.array(savedView) });
export type SavedViewsAnswer = v.InferOutput<typeof savedViewsAnswer>;
