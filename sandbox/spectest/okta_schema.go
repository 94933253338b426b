package spectest

import "github.com/getkin/kin-openapi/openapi3"

// The excerpt leaves out the two calls about types and schemas of users, and the one about the admin roles of a group. What they answer is
// described here after Okta's management API of 2026.06 (UserType, UserSchema, UserSchemaAttribute, ListGroupAssignedRoles), as far as anybody uses it.
const oktaSchemas = `{
  "openapi": "3.0.3", "info": {"title": "types and schemas of users", "version": "2026.06"},
  "paths": {
    "/api/v1/groups/{groupId}/roles": {
      "parameters": [{"name": "groupId", "in": "path", "required": true, "schema": {"type": "string"}}],
      "get": {"responses": {
        "200": {"description": "Success", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/GroupRole"}}}}},
        "403": {"description": "Forbidden"}, "404": {"description": "Not Found"}, "429": {"description": "Too Many Requests"}}}},
    "/api/v1/meta/types/user": {"get": {"responses": {
      "200": {"description": "Success", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/MetaUserType"}}}}},
      "403": {"description": "Forbidden"}, "429": {"description": "Too Many Requests"}}}},
    "/api/v1/meta/schemas/user/{schemaId}": {
      "parameters": [{"name": "schemaId", "in": "path", "required": true, "schema": {"type": "string"}}],
      "get": {"responses": {
        "200": {"description": "Success", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MetaUserSchema"}}}},
        "403": {"description": "Forbidden"}, "404": {"description": "Not Found"}, "429": {"description": "Too Many Requests"}}}}
  },
  "components": {"schemas": {
    "GroupRole": {"type": "object", "properties": {
      "id": {"type": "string"}, "label": {"type": "string"}, "type": {"type": "string"}, "status": {"type": "string", "enum": ["ACTIVE", "INACTIVE"]},
      "assignmentType": {"type": "string", "enum": ["CLIENT", "GROUP", "USER"]}}},
    "MetaUserType": {"type": "object", "required": ["name", "displayName"], "properties": {
      "id": {"type": "string"}, "name": {"type": "string"}, "displayName": {"type": "string"}, "description": {"type": "string"}, "default": {"type": "boolean"},
      "_links": {"type": "object", "properties": {"self": {"$ref": "#/components/schemas/MetaLink"}, "schema": {"$ref": "#/components/schemas/MetaLink"}}}}},
    "MetaLink": {"type": "object", "required": ["href"], "properties": {"href": {"type": "string", "minLength": 1}}},
    "MetaUserSchema": {"type": "object", "required": ["definitions"], "properties": {
      "$schema": {"type": "string"}, "id": {"type": "string"}, "name": {"type": "string"}, "title": {"type": "string"}, "type": {"type": "string"},
      "definitions": {"type": "object", "properties": {"base": {"$ref": "#/components/schemas/MetaPart"}, "custom": {"$ref": "#/components/schemas/MetaPart"}}},
      "properties": {"type": "object"}}},
    "MetaPart": {"type": "object", "properties": {
      "id": {"type": "string"}, "type": {"type": "string"}, "required": {"type": "array", "items": {"type": "string"}},
      "properties": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/MetaAttribute"}}}},
    "MetaAttribute": {"type": "object", "properties": {
      "title": {"type": "string"}, "type": {"type": "string", "enum": ["array", "boolean", "integer", "number", "string"]},
      "scope": {"type": "string", "enum": ["NONE", "SELF"]}, "mutability": {"type": "string", "enum": ["IMMUTABLE", "READ_ONLY", "READ_WRITE", "WRITE_ONLY"]},
      "master": {"type": "object", "nullable": true, "properties": {"type": {"type": "string", "enum": ["OKTA", "OVERRIDE", "PROFILE_MASTER"]}}},
      "permissions": {"type": "array", "nullable": true, "items": {"type": "object", "properties": {
        "principal": {"type": "string"}, "action": {"type": "string", "enum": ["HIDE", "READ_ONLY", "READ_WRITE"]}}}}}}
  }}
}`

// oktaExceptions adds what the excerpt leaves out.
func oktaExceptions(doc *openapi3.T) {
	more, err := openapi3.NewLoader().LoadFromData([]byte(oktaSchemas))
	if err != nil {
		panic(err) // it stands above
	}
	for path, item := range more.Paths.Map() {
		doc.Paths.Set(path, item)
	}
	for name, s := range more.Components.Schemas {
		doc.Components.Schemas[name] = s
	}
}
