"""Addresses of parties."""

from __future__ import annotations

from django.urls import URLPattern, path

from parties import views_sign

urlpatterns: list[URLPattern] = [
    path("sign/begin", views_sign.begin, name="sign_begin"),
]
