/* openapi: the OpenAPI 3 description of the REST API, served by the node itself; src/api/openapi.json, made a part of
 * the
 * program at build time. tests/api compares every answer of the test run with it. */
#ifndef ZK_API_OPENAPI_H
#define ZK_API_OPENAPI_H

extern const char openapi_text[]; /* ends with a NUL */

#endif
