"""Addresses of storage: the files, on their own origin."""

from __future__ import annotations

from django.urls import path

from storage import views

app_name = "storage"
urlpatterns = [path("f/<str:token>", views.file, name="file")]
