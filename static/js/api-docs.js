// Shows the OpenAPI document with Swagger UI. Requests that are tried out carry the session's CSRF token.
(function () {
  "use strict";
  const place = document.getElementById("api-docs");
  const token = document.querySelector("meta[name=csrf-token]");
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    validatorUrl: null,
    requestInterceptor: function (request) {
      if (token && request.url.startsWith(window.location.origin)) {
        request.headers["X-CSRFToken"] = token.content;
      }
      return request;
    },
  });
})();
