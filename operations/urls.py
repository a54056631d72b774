"""Pages for balancers, monitors and the operator."""

from operations.web import health

urlpatterns = [*health.urlpatterns]
