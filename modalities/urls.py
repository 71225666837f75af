app_name = "modalities"
urlpatterns: list = []
