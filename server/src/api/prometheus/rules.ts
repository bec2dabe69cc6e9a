import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { BadRequest } from './errors.ts';
import { boolean, integer, selectorParameters } from './parameters.ts';

const TYPES = new Set(['', 'alert', 'record']);

/** `/rules`: no group is evaluated, so the list is empty; parameters are checked as upstream checks them. */
export function rules({ query }: HttpRequest): HttpResponse {
  const bad = (name: string, message: string): BadRequest =>
    new BadRequest(`invalid parameter ${JSON.stringify(name)}: ${message}`);
  selectorParameters(query);
  const type = (query.get('type') ?? '').toLowerCase();
  if (!TYPES.has(type)) throw bad('type', `not supported value ${JSON.stringify(type)}`);
  const exclude = (query.get('exclude_alerts') ?? '').toLowerCase();
  if (exclude !== '' && boolean(exclude) === undefined) {
    const reason = `strconv.ParseBool: parsing ${JSON.stringify(exclude)}: invalid syntax`;
    throw bad('exclude_alerts', `error converting exclude_alerts: ${reason}`);
  }
  const most = query.get('group_limit') ?? '';
  const next = query.get('group_next_token') ?? '';
  if (next !== '' && most === '')
    throw bad('group_next_token', 'group_limit needs to be present in order to paginate over the groups');
  if (most !== '') {
    const limit = integer(most);
    if (limit === undefined) {
      const reason = `strconv.ParseInt: parsing ${JSON.stringify(most)}: invalid syntax`;
      throw bad('group_limit', `group_limit needs to be a valid number: ${reason}`);
    }
    if (limit <= 0) throw bad('group_limit', 'group_limit needs to be greater than 0');
    if (next !== '') throw bad('group_next_token', `invalid group_next_token '${next}'. were rule groups changed?`);
  }
  return jsonResponse(200, { status: 'success', data: { groups: [] } });
}
