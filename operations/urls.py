"""Pages for balancers, monitors and the operator."""

from operations.web import health, metrics

urlpatterns = [*health.urlpatterns, *metrics.urlpatterns]
