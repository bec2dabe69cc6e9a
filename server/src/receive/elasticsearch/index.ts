export { elasticError, elasticResponse } from './answer.ts';
export { decodeElasticsearch } from './decode.ts';
export { elasticsearchRoutes } from './route.ts';
