from django.apps import AppConfig


class RewardmodelConfig(AppConfig):
    name = "rewardmodel"
    verbose_name = "Reward models"
    default_auto_field = "django.db.models.BigAutoField"
